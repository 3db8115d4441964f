package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** A row of weights for each token id, (V, D). */
public final class Embedding extends Module {
  /** No row is left untrained. */
  public static final int NO_PADDING = -1;

  private final Tensor weight;
  private final int padding;

  /**
   * Starts from N(0, 1/D), so that rows scaled by √D, and logits against them, have unit variance.
   *
   * @param padding the id whose look-ups don't train its row
   */
  public Embedding(long vocabulary, long size, int padding) {
    this.padding = padding;
    this.weight = parameter("weight", Init.normal(1 / Math.sqrt(size), vocabulary, size));
  }

  /** INT64 ids (B, T) → (B, T, D). */
  public Tensor forward(Tensor ids) {
    return weight.embedding(ids, padding);
  }

  public Tensor weight() {
    return weight;
  }
}
