package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** What a Transformer's layer makes of each token after attention. */
public abstract class FeedForwardLayer extends Module {
  /**
   * (B, N, D) → (B, N, D).
   *
   * @param tokens what the N vectors of each row stand for
   */
  public abstract Tensor forward(Tensor x, Tokens tokens);
}
