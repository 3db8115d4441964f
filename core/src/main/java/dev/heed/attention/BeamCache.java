package dev.heed.attention;

import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;

/**
 * One layer's keys and values of everything generated so far. It grows by doubling what comes after
 * the prompt, in memory that lives as long as the generation.
 */
final class BeamCache {
  private static final int FIRST_STEPS = 16;

  private final Scope lifetime;
  private Tensor keys; // (R, H, capacity, Dh)
  private Tensor values; // (R, H, capacity, Dv)
  private long used;

  /**
   * @param k the first keys to come, for their shape
   * @param first how many entries come first
   */
  BeamCache(Tensor k, Tensor v, long first, int beams, Scope lifetime) {
    this.lifetime = lifetime;
    long capacity = first + (long) beams * FIRST_STEPS;
    keys = room(k, capacity);
    values = room(v, capacity);
  }

  /** Takes this pass's (R, H, n, Dh) keys and values, and gives all so far. */
  KeyValues append(Tensor k, Tensor v) {
    long added = k.size(2);
    if (used + added > keys.size(2)) {
      keys = replace(keys, used(keys), 2 * keys.size(2));
      values = replace(values, used(values), 2 * values.size(2));
    }
    keys.narrow(2, used, added).copy_(k);
    values.narrow(2, used, added).copy_(v);
    used += added;
    return new KeyValues(used(keys), used(values));
  }

  /** Goes on with the rows alone that an INT64 vector names. */
  void keep(Tensor rows) {
    keys = replace(keys, used(keys).indexSelect(0, rows), keys.size(2));
    values = replace(values, used(values).indexSelect(0, rows), values.size(2));
  }

  private Tensor used(Tensor entries) {
    return entries.narrow(2, 0, used);
  }

  /** Room for {@code capacity} entries that begins with {@code content}, instead of {@code old}. */
  private Tensor replace(Tensor old, Tensor content, long capacity) {
    Tensor fresh = room(content, capacity);
    fresh.narrow(2, 0, used).copy_(content);
    lifetime.release(old);
    return fresh;
  }

  private Tensor room(Tensor like, long capacity) {
    long[] shape = like.shape();
    shape[2] = capacity;
    return lifetime.adopt(Tensor.empty(like.dtype(), like.device(), shape));
  }
}
