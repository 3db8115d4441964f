package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** What stands on an encoder and answers a question about its vectors. */
public abstract class Head extends Module {
  /** Vectors (B, T, D) → scores, of which the last dimension is the choice. */
  public abstract Tensor forward(Tensor hidden);
}
