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

  /** (B, T, D) → (B, T, L). */
  @Override
  public Tensor forward(Tensor hidden) {
    return out.forward(dropout.forward(hidden)); // (B, T, L)
  }
}
