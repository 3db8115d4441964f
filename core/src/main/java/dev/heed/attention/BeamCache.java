package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;

/**
 * One layer's keys and values of everything generated so far, for R rows of several hypotheses.
 *
 * <p>Nothing is ever reordered: each step writes an entry for each hypothesis behind those of the
 * step before, and each hypothesis attends, through {@link Ancestry}, to the entries of its own
 * ancestors. Beams thus share one batched product, and following a parent costs a few bits instead
 * of a copy of the cache.
 */
public final class BeamCache {
  private static final int FIRST_STEPS = 16;

  private final Ancestry ancestry;
  private final Scope lifetime;
  private Tensor keys; // (R, H, capacity, Dh)
  private Tensor values;
  private long used;

  /**
   * @param lifetime the scope that the cached tensors live in
   */
  public BeamCache(Ancestry ancestry, int heads, int headSize, Device device, Scope lifetime) {
    this.ancestry = ancestry;
    this.lifetime = lifetime;
    long capacity = (long) ancestry.beams() * FIRST_STEPS;
    long[] shape = {ancestry.rows(), heads, capacity, headSize};
    keys = lifetime.adopt(Tensor.empty(Dtype.FLOAT32, device, shape));
    values = lifetime.adopt(Tensor.empty(Dtype.FLOAT32, device, shape));
  }

  /** Writes this step's (R, H, K, Dh) keys and values. */
  void append(Tensor k, Tensor v) {
    long hypotheses = k.size(2);
    if (used + hypotheses > keys.size(2)) {
      keys = replace(keys, keys(), 2 * keys.size(2));
      values = replace(values, values(), 2 * values.size(2));
    }
    keys.narrow(2, used, hypotheses).copy_(k);
    values.narrow(2, used, hypotheses).copy_(v);
    used += hypotheses;
  }

  /** (R, H, entries, Dh). */
  Tensor keys() {
    return keys.narrow(2, 0, used);
  }

  Tensor values() {
    return values.narrow(2, 0, used);
  }

  Mask mask() {
    return ancestry.mask();
  }

  /** Goes on with the rows alone that an INT64 vector names. */
  public void keep(Tensor rows) {
    keys = replace(keys, keys().indexSelect(0, rows), keys.size(2));
    values = replace(values, values().indexSelect(0, rows), values.size(2));
  }

  /**
   * Memory for {@code capacity} entries that begins with {@code content}, instead of {@code old}.
   */
  private Tensor replace(Tensor old, Tensor content, long capacity) {
    long[] shape = content.shape();
    shape[2] = capacity;
    Tensor fresh = lifetime.adopt(Tensor.empty(content.dtype(), content.device(), shape));
    fresh.narrow(2, 0, used).copy_(content);
    lifetime.release(old);
    return fresh;
  }
}
