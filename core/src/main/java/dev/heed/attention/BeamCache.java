package dev.heed.attention;

import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;

/**
 * One layer's keys and values of everything generated so far, or of the newest alone where a layer
 * sees no further. It grows by doubling what comes after the prompt, in memory that lives as long
 * as the generation.
 */
final class BeamCache {
  private static final int FIRST_STEPS = 16;

  /** Entries that are kept beyond those that are seen, for going back a few. */
  private static final int SLACK = 32;

  private final Scope lifetime;
  private Tensor keys; // (R, H, capacity, Dh)
  private Tensor values; // (R, H, capacity, Dv)
  private long gone; // entries that were dropped
  private long used; // entries held
  private long seen; // how many of the newest were asked for

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

  /**
   * Takes this pass's (R, H, n, Dh) keys and values, and gives the newest so far.
   *
   * @param reach how many; what lies further back may be dropped
   */
  KeyValues append(Tensor k, Tensor v, long reach) {
    long added = k.size(2);
    if (used + added > keys.size(2)) {
      long kept = Math.min(used, reach == Integer.MAX_VALUE ? used : reach + SLACK);
      keys = replace(keys, newest(keys, kept), capacity(kept + added));
      values = replace(values, newest(values, kept), capacity(kept + added));
      gone += used - kept;
      used = kept;
    }
    keys.narrow(2, used, added).copy_(k);
    values.narrow(2, used, added).copy_(v);
    used += added;
    seen = Math.min(used, reach);
    return new KeyValues(newest(keys, seen), newest(values, seen));
  }

  private static long capacity(long entries) {
    return 2 * entries;
  }

  /** How many entries there is room for. */
  long capacity() {
    return keys.size(2);
  }

  /** Whether nothing that would be seen after going back so far was dropped. */
  boolean reaches(long entries) {
    return gone == 0 || entries - gone >= seen;
  }

  /** Forgets all but the first entries. */
  void truncate(long entries) {
    used = Math.max(0, Math.min(used, entries - gone));
    if (used == 0) gone = 0;
  }

  /** Goes on with the rows alone that an INT64 vector names. */
  void keep(Tensor rows) {
    keys = replace(keys, newest(keys, used).indexSelect(0, rows), keys.size(2));
    values = replace(values, newest(values, used).indexSelect(0, rows), values.size(2));
  }

  private Tensor newest(Tensor entries, long count) {
    return entries.narrow(2, used - count, count);
  }

  /** Room for {@code capacity} entries that begins with {@code content}, instead of {@code old}. */
  private Tensor replace(Tensor old, Tensor content, long capacity) {
    Tensor fresh = room(content, capacity);
    fresh.narrow(2, 0, content.size(2)).copy_(content);
    lifetime.release(old);
    return fresh;
  }

  private Tensor room(Tensor like, long capacity) {
    long[] shape = like.shape();
    shape[2] = capacity;
    return lifetime.adopt(Tensor.empty(like.dtype(), like.device(), shape));
  }
}
