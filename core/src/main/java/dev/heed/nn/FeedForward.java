package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** FFN(x) = act(x W₁ᵀ + b₁) W₂ᵀ + b₂, at each position alone (Vaswani et al. 2017, eq. 2). */
public final class FeedForward extends Module {
  private final Linear in;
  private final Linear out;
  private final Activation activation;
  private final Dropout dropout;

  public FeedForward(long model, long ffn, Activation activation, double dropout) {
    this(new Linear(model, ffn, true), new Linear(ffn, model, true), activation, dropout);
  }

  private FeedForward(Linear in, Linear out, Activation activation, double dropout) {
    this.in = child("in", in);
    this.out = child("out", out);
    this.activation = activation;
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /** The same without b₁ and b₂. */
  public static FeedForward unbiased(long model, long ffn, Activation activation, double dropout) {
    return new FeedForward(
        new Linear(model, ffn, false), new Linear(ffn, model, false), activation, dropout);
  }

  /** The last map, whose output is this part's. */
  public Linear last() {
    return out;
  }

  /** (…, D) → (…, D). */
  public Tensor forward(Tensor x) {
    Tensor hidden = activation.forward(in.forward(x)); // (…, F)
    return out.forward(dropout.forward(hidden)); // (…, D)
  }
}
