package dev.heed.model;

import dev.heed.attention.Pass;
import dev.heed.tensor.Tensor;

/** A decoder alone: each token is scored after those before it. */
public interface CausalLm extends LanguageModel {
  /**
   * INT64 ids (B, T) → the hidden states (B, T, D) that {@link #logits} scores the next tokens
   * from.
   *
   * @throws dev.heed.config.UserError if the sequence is longer than the model's positions
   */
  Tensor decode(Tensor ids, Pass pass);
}
