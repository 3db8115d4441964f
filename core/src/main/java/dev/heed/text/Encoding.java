package dev.heed.text;

import java.util.List;

/**
 * A text, or a pair of texts, cut into tokens; all four parts have one entry a token.
 *
 * @param ids the tokens' ids
 * @param typeIds 0 for the first text of a pair and its special tokens, 1 for the second
 * @param tokens the tokens as the vocabulary spells them, such as {@code Ġthe} or {@code ##ing}
 * @param spans where each token stands in its own text
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one; a boxed list costs 5 times as much
public record Encoding(int[] ids, int[] typeIds, List<String> tokens, List<Span> spans) {
  /**
   * The part of a text from {@code start} up to, not including, {@code end}, in Java chars (UTF-16
   * units), so that {@code text.substring(start, end)} is the token's text. A special token that
   * stands for no text has the span [0, 0).
   */
  public record Span(int start, int end) {}

  public Encoding {
    tokens = List.copyOf(tokens);
    spans = List.copyOf(spans);
  }

  /** How many tokens. */
  public int size() {
    return ids.length;
  }
}
