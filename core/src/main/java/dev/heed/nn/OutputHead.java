package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** The next or hidden token: h Eᵀ + c, E the token embeddings. */
public final class OutputHead extends Head {
  private final Embedding decoder;
  private final Tensor bias; // (V)

  /**
   * @param decoder E (V, D): the model's own embeddings if the two are tied
   */
  public OutputHead(Embedding decoder) {
    this.decoder = child("decoder", decoder);
    this.bias = parameter("bias", Init.zeros(decoder.weight().size(0)));
  }

  /** (B, T, D) → (B, T, V). */
  @Override
  public Tensor forward(Tensor hidden) {
    return hidden.linear(decoder.weight(), Optional.of(bias)); // (B, T, V)
  }
}
