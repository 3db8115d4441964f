package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** Whether each token was replaced: act(h Wᵀ + b) · v + c (Clark et al. 2020, section 2). */
public final class ReplacedHead extends Head {
  private final Linear dense;
  private final Activation activation;
  private final Linear out;

  public ReplacedHead(int size, Activation activation) {
    this.dense = child("dense", new Linear(size, size, true));
    this.activation = activation;
    this.out = child("out", new Linear(size, 1, true));
  }

  /** (B, T, D) → (B, T, 1). */
  @Override
  public Tensor forward(Tensor hidden) {
    return out.forward(activation.forward(dense.forward(hidden))); // (B, T, 1)
  }
}
