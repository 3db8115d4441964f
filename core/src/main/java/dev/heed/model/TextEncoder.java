package dev.heed.model;

import dev.heed.tensor.Tensor;

/** A model that makes a vector of each token in view of all others: BERT and its kin. */
public interface TextEncoder {
  /**
   * (B, T) ids → (B, T, D).
   *
   * @throws dev.heed.config.UserError if T is more than the model's positions
   */
  Tensor encode(TextInput input);

  /** The most tokens that it takes. */
  int positions();
}
