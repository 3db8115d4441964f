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
   * The distribution over keys of each query, (B, H, T, S); each row sums to 1, or to 0 if empty.
   */
  public abstract Tensor weights(Tensor q, Tensor k, Mask mask);
}
