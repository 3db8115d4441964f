package dev.heed.nn;

import dev.heed.tensor.Tensor;

/**
 * FFN(x) = (act(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ at each position alone (Shazeer 2020, eq. 6): SwiGLU with SiLU,
 * GEGLU with GELU, GLU with the sigmoid. One product makes both x Wᵀ and x Vᵀ.
 */
public final class GatedFeedForward extends Module {
  private final Linear in;
  private final Linear out;
  private final Activation activation;
  private final Dropout dropout;

  public GatedFeedForward(
      long model, long ffn, Activation activation, boolean bias, double dropout) {
    this.in = child("in", Linear.fused(2, model, ffn, bias));
    this.out = child("out", new Linear(ffn, model, bias));
    this.activation = activation;
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /** The last map, whose output is this part's. */
  public Linear last() {
    return out;
  }

  /** (…, D) → (…, D). */
  public Tensor forward(Tensor x) {
    Tensor both = in.forward(x); // (…, 2·F)
    long ffn = both.size(-1) / 2;
    Tensor gate = activation.forward(both.narrow(-1, 0, ffn)); // (…, F)
    return out.forward(dropout.forward(gate.mul(both.narrow(-1, ffn, ffn)))); // (…, D)
  }
}
