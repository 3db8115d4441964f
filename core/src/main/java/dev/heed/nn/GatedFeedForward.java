package dev.heed.nn;

import dev.heed.tensor.Tensor;

/**
 * (act(x Wᵀ) ⊙ x Vᵀ) Uᵀ (Shazeer 2020, section 2), without biases: GEGLU with GELU, SwiGLU with
 * SiLU.
 */
public final class GatedFeedForward extends Module {
  private final Linear in; // W and V
  private final Linear out; // U
  private final Activation activation;
  private final Dropout dropout;

  public GatedFeedForward(long model, long ffn, Activation activation, double dropout) {
    this.in = child("in", Linear.fused(2, model, ffn, false));
    this.out = child("out", new Linear(ffn, model, false));
    this.activation = activation;
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /** (…, D) → (…, D). */
  public Tensor forward(Tensor x) {
    Tensor both = in.forward(x); // (…, 2F)
    long ffn = both.size(-1) / 2;
    Tensor gate = activation.forward(both.narrow(-1, 0, ffn)); // (…, F)
    return out.forward(dropout.forward(gate.mul(both.narrow(-1, ffn, ffn)))); // (…, D)
  }
}
