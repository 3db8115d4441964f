package dev.heed.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pieces that training begins with: all characters, then the frequent substrings by frequency
 * times length. A substring that is always followed by the same character is left out for the
 * longer one, as a suffix array's inner nodes would have it.
 *
 * @param pieces each with its weight; the characters come first
 * @param characters how many of them are characters
 */
record UnigramSeeds(Map<String, Long> pieces, int characters) {
  /** The longest piece, in characters. */
  static final int MAX_LENGTH = 16;

  private static final int MAX_SEEDS = 1_000_000;

  /**
   * Counts level by level: a substring can be frequent only if it is without its last character.
   */
  static UnigramSeeds of(Map<String, Long> words, long minFrequency, Specials specials) {
    Map<String, Long> level = new LinkedHashMap<>();
    words.forEach(
        (word, count) ->
            word.codePoints().forEach(c -> level.merge(Character.toString(c), count, Long::sum)));
    var pieces = new LinkedHashMap<String, Long>();
    byWeight(level).forEach(entry -> pieces.put(entry.getKey(), entry.getValue()));
    int characters = pieces.size();

    var substrings = new HashMap<String, Long>();
    Map<String, Long> shorter = level;
    for (int length = 2; length <= MAX_LENGTH && !shorter.isEmpty(); length++) {
      Map<String, Long> longer = count(words, shorter.keySet(), length);
      longer.values().removeIf(count -> count < minFrequency);
      for (var entry : longer.entrySet()) {
        String prefix = withoutLast(entry.getKey());
        substrings.remove(prefix, entry.getValue() * (length - 1));
        substrings.put(entry.getKey(), entry.getValue() * length);
      }
      shorter = longer;
    }
    substrings.keySet().removeAll(specials.tokens());
    byWeight(substrings).stream()
        .limit(Math.max(0, MAX_SEEDS - characters))
        .forEach(entry -> pieces.put(entry.getKey(), entry.getValue()));
    return new UnigramSeeds(pieces, characters);
  }

  private static Map<String, Long> count(
      Map<String, Long> words, Set<String> frequent, int length) {
    var counts = new HashMap<String, Long>();
    words.forEach(
        (word, count) -> {
          int characters = word.codePointCount(0, word.length());
          int from = 0;
          int to = length <= characters ? word.offsetByCodePoints(0, length) : 0;
          for (int i = length; i <= characters; i++) {
            String substring = word.substring(from, to);
            if (frequent.contains(withoutLast(substring)))
              counts.merge(substring, count, Long::sum);
            from += Character.charCount(word.codePointAt(from));
            if (to < word.length()) to += Character.charCount(word.codePointAt(to));
          }
        });
    return counts;
  }

  private static String withoutLast(String text) {
    return text.substring(0, text.offsetByCodePoints(text.length(), -1));
  }

  private static List<Map.Entry<String, Long>> byWeight(Map<String, Long> counts) {
    var entries = new ArrayList<>(counts.entrySet());
    entries.sort(
        Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
            .thenComparing(Map.Entry.comparingByKey()));
    return entries;
  }
}
