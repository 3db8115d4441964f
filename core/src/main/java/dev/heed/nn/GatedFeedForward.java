package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;

/**
 * FFN(x) = (act(x Wᵀ) ⊙ x Vᵀ) W₂ᵀ at each position alone (Shazeer 2020, eq. 6): SwiGLU with SiLU,
 * GEGLU with GELU, GLU with the sigmoid. One product makes both x Wᵀ and x Vᵀ.
 */
public final class GatedFeedForward extends PositionWise {
  /** The published gates. */
  public enum Gate {
    /** SwiGLU. */
    SILU(Activation.SILU),
    /** GEGLU. */
    GELU(Activation.GELU),
    /** GEGLU, by the approximation of T5 v1.1. */
    GELU_TANH(Activation.GELU_NEW),
    /** ReGLU. */
    RELU(Activation.RELU),
    /** GLU (Dauphin et al. 2017). */
    SIGMOID(Activation.SIGMOID),
    /** Bilinear: no nonlinearity. */
    LINEAR(Activation.LINEAR);

    private final Activation activation;

    Gate(Activation activation) {
      this.activation = activation;
    }
  }

  /** Its options; a width F of 2/3 of a dense layer's has as many parameters (section 3). */
  public record Options(
      @Doc(
              "act: `silu` (SwiGLU), `gelu` (GEGLU), `gelu_tanh`, `relu` (ReGLU), `sigmoid` (GLU) or"
                  + " `linear` (bilinear)")
          Gate gate,
      @Doc("whether the maps have biases; the paper's have none") boolean bias)
      implements FeedForwardKind.OfPositions {
    @Override
    public PositionWise layer(FeedForwards.Place place) {
      return new GatedFeedForward(place.d(), place.ffn(), gate.activation, bias, place.dropout());
    }
  }

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

  @Override
  public Tensor forward(Tensor x) {
    Tensor both = in.forward(x); // (…, 2·F)
    long ffn = both.size(-1) / 2;
    Tensor gate = activation.forward(both.narrow(-1, 0, ffn)); // (…, F)
    return out.forward(dropout.forward(gate.mul(both.narrow(-1, ffn, ffn)))); // (…, D)
  }
}
