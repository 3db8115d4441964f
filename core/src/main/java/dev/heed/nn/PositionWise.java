package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** A feed-forward layer that maps each vector alone, whatever token it stands for. */
public abstract class PositionWise extends FeedForwardLayer {
  /** (…, D) → (…, D). */
  public abstract Tensor forward(Tensor x);

  @Override
  public final Tensor forward(Tensor x, Tokens tokens) {
    return forward(x);
  }
}
