package dev.heed.data;

import java.util.List;

/**
 * A text as words with a label for each, or as one piece with one label.
 *
 * @param words at least one
 * @param labels one for each word
 * @param where {@code file:line}, for messages
 */
public record Labelled(List<String> words, List<String> labels, String where) {
  public Labelled {
    words = List.copyOf(words);
    labels = List.copyOf(labels);
    if (words.isEmpty() || words.size() != labels.size())
      throw new IllegalArgumentException(
          "%s: %d labels for %d words".formatted(where, labels.size(), words.size()));
  }
}
