package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** One of L classes for the whole text, from its first token (Devlin et al. 2019, section 4.1). */
public final class SequenceHead extends Head {
  private final Pooler pooler;
  private final Dropout dropout;
  private final Linear out;

  public SequenceHead(int size, int labels, Activation activation, double dropout) {
    this.pooler = child("pooler", new Pooler(size, activation));
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", new Linear(size, labels, true));
  }

  /** (B, T, D) → (B, L). */
  @Override
  public Tensor forward(Tensor hidden) {
    return out.forward(dropout.forward(pooler.forward(hidden))); // (B, L)
  }
}
