package dev.heed.data;

import java.util.List;
import java.util.Optional;

/**
 * A text as words with a label for each, or as one piece with one label.
 *
 * @param words at least one
 * @param second what a label of two texts is about besides, such as a hypothesis
 * @param labels one for each word
 * @param where {@code file:line}, for messages
 */
public record Labelled(
    List<String> words, Optional<String> second, List<String> labels, String where) {
  public Labelled {
    words = List.copyOf(words);
    labels = List.copyOf(labels);
    if (words.isEmpty() || words.size() != labels.size())
      throw new IllegalArgumentException(
          "%s: %d labels for %d words".formatted(where, labels.size(), words.size()));
  }
}
