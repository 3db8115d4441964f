package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.function.UnaryOperator;

/** One of L classes for the whole input, from one vector that stands for it. */
public final class ClassHead extends Head {
  private final UnaryOperator<Tensor> pool;
  private final Linear out;

  /**
   * @param pool what an encoder gives → (B, D)
   */
  public ClassHead(int size, int labels, UnaryOperator<Tensor> pool) {
    this.pool = pool;
    this.out = child("out", new Linear(size, labels, true));
  }

  /** (B, L). */
  @Override
  public Tensor forward(Tensor hidden) {
    return out.forward(pool.apply(hidden));
  }
}
