package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** A vector of the whole text from its first token's: act(h₀ Wᵀ + b) (Devlin et al. 2019). */
public final class Pooler extends Head {
  private final Linear dense;
  private final Activation activation;

  public Pooler(int size, Activation activation) {
    this(size, size, activation);
  }

  public Pooler(int size, int pooled, Activation activation) {
    this.dense = child("dense", new Linear(size, pooled, true));
    this.activation = activation;
  }

  /** (B, T, D) → (B, pooled). */
  @Override
  public Tensor forward(Tensor hidden) {
    return activation.forward(dense.forward(hidden.select(1, 0))); // (B, D)
  }
}
