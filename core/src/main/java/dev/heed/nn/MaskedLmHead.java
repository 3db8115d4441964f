package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * The token behind a mask: LN(act(h Wᵀ + b)) Eᵀ + c, E the token embeddings (Devlin et al. 2019,
 * section 3.1, as its code has it).
 */
public final class MaskedLmHead extends Head {
  private final Linear dense;
  private final Activation activation;
  private final LayerNorm norm;
  private final Embedding decoder;
  private final Tensor bias; // (V)

  /**
   * @param decoder E (V, De): the encoder's own embeddings if the two are tied
   */
  public MaskedLmHead(int size, Activation activation, double eps, Embedding decoder) {
    long width = decoder.weight().size(1);
    this.dense = child("dense", new Linear(size, width, true));
    this.activation = activation;
    this.norm = child("norm", new LayerNorm(width, eps));
    this.decoder = child("decoder", decoder);
    this.bias = parameter("bias", Init.zeros(decoder.weight().size(0)));
  }

  /** (B, T, D) → (B, T, V). */
  @Override
  public Tensor forward(Tensor hidden) {
    Tensor x = norm.forward(activation.forward(dense.forward(hidden))); // (B, T, De)
    return x.linear(decoder.weight(), Optional.of(bias)); // (B, T, V)
  }
}
