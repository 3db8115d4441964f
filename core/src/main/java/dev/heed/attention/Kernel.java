package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/**
 * How projected queries meet projected keys: the part in which attention variants differ. B batch,
 * H heads, T queries, S keys, Dh head size.
 */
public abstract class Kernel extends Module {
  /** q (B, H, T, Dh), k (B, H, S, Dh), v (B, H, S, Dv) → (B, H, T, Dv). */
  public abstract Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask);

  /**
   * The same in a pass of a model, whose k and v are those of this pass's tokens alone. A kernel
   * whose pattern hangs on where tokens stand, or that carries a state, does this otherwise.
   */
  public Tensor attend(Tensor q, Tensor k, Tensor v, Pass pass) {
    KeyValues all = pass.extend(this, k, v);
    return attend(q, all.keys(), all.values(), pass.mask());
  }

  /**
   * The distribution over keys of each query, (B, H, T, S); each row sums to 1, or to 0 if empty.
   */
  public abstract Tensor weights(Tensor q, Tensor k, Mask mask);
}
