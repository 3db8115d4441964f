package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * One layer's keys and values of everything generated so far, for R rows of several hypotheses.
 *
 * <p>Nothing is ever reordered: step t writes its {@code beams} entries behind those of step t-1,
 * and each hypothesis attends, through {@link Ancestry}, to the entries of its own ancestors. Beams
 * thus share one batched product, and following a parent costs a few bits instead of a copy of the
 * cache.
 */
public final class BeamCache {
  private final Ancestry ancestry;
  private Tensor keys; // (R, H, beams·capacity, Dh)
  private Tensor values;
  private long used;

  public BeamCache(Ancestry ancestry, int heads, int headSize, Device device) {
    this.ancestry = ancestry;
    long entries = (long) ancestry.beams() * ancestry.capacity();
    keys = Tensor.zeros(Dtype.FLOAT32, device, ancestry.rows(), heads, entries, headSize);
    values = Tensor.zeros(Dtype.FLOAT32, device, ancestry.rows(), heads, entries, headSize);
  }

  /** Writes this step's (R, H, beams, Dh) keys and values. */
  void append(Tensor k, Tensor v) {
    long beams = k.size(2);
    keys.narrow(2, used, beams).copy_(k);
    values.narrow(2, used, beams).copy_(v);
    used += beams;
  }

  /** (R, H, beams·t, Dh). */
  Tensor keys() {
    return keys.narrow(2, 0, used);
  }

  Tensor values() {
    return values.narrow(2, 0, used);
  }

  Mask mask() {
    return ancestry.mask();
  }

  /** Goes on with these rows alone; the tensors belong to the scope of the caller. */
  public void keep(Tensor rows) {
    keys = keys.indexSelect(0, rows);
    values = values.indexSelect(0, rows);
  }

  /** The tensors, for a caller that keeps them beyond a scope. */
  public Tensor[] tensors() {
    return new Tensor[] {keys, values};
  }
}
