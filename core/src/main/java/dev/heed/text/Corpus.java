package dev.heed.text;

import dev.heed.config.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What all trainers ask of a corpus and of the vocabulary size. */
final class Corpus {
  private Corpus() {}

  /**
   * How often each word occurs, in the order of first occurrence.
   *
   * @param split cuts a line into words
   */
  static Map<String, Long> count(Iterable<String> lines, Function<String, List<String>> split) {
    var counts = new LinkedHashMap<String, Long>();
    for (String line : lines) {
      for (String word : split.apply(line)) counts.merge(word, 1L, Long::sum);
    }
    if (counts.isEmpty()) {
      throw new UserError("The corpus has no text to learn a vocabulary from: give other files.");
    }
    return counts;
  }

  static void checkFrequency(int minFrequency) {
    if (minFrequency < 1) {
      throw new UserError(
          "The least frequency of a token is " + minFrequency + ": set it to 1 or more.");
    }
  }

  static void checkSmallest(int vocabulary, int smallest) {
    if (vocabulary < smallest) {
      throw new UserError(
          String.format(
              "A vocabulary of %d is too small for the special tokens and the alphabet of this"
                  + " corpus: set it to %d or more.",
              vocabulary, smallest));
    }
  }

  static void checkLargest(int vocabulary, int largest) {
    if (vocabulary > largest) {
      throw new UserError(
          String.format(
              "A vocabulary of %d is larger than this corpus allows: set it to %d or less, or give"
                  + " more text.",
              vocabulary, largest));
    }
  }
}
