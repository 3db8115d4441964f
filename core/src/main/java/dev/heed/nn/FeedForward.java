package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** FFN(x) = act(x W₁ᵀ + b₁) W₂ᵀ + b₂, at each position alone (Vaswani et al. 2017, eq. 2). */
public final class FeedForward extends Module {
  private final Linear in;
  private final Linear out;
  private final Activation activation;
  private final Dropout dropout;

  public FeedForward(long model, long ffn, Activation activation, double dropout) {
    this.in = child("in", new Linear(model, ffn, true));
    this.out = child("out", new Linear(ffn, model, true));
    this.activation = activation;
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /** (…, D) → (…, D). */
  public Tensor forward(Tensor x) {
    Tensor hidden = activation.forward(in.forward(x)); // (…, F)
    return out.forward(dropout.forward(hidden)); // (…, D)
  }
}
