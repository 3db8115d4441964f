package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** Scores for each token by itself, such as its class, or where an answer starts and ends. */
public final class TokenHead extends Head {
  private final Dropout dropout;
  private final Linear out;

  public TokenHead(int size, int labels, double dropout) {
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", new Linear(size, labels, true));
  }

  /**
   * Whether an answer starts at a token, and whether it ends there.
   *
   * @param labels as config.json has them, for Hugging Face's class makes as many scores
   * @throws IllegalArgumentException if they aren't 2
   */
  public static TokenHead span(int size, int labels, double dropout) {
    if (labels != 2)
      throw new IllegalArgumentException(
          "a head for answers has 2 labels, start and end, and id2label names " + labels);
    return new TokenHead(size, 2, dropout);
  }

  /** (B, T, D) → (B, T, L). */
  @Override
  public Tensor forward(Tensor hidden) {
    return out.forward(dropout.forward(hidden)); // (B, T, L)
  }
}
