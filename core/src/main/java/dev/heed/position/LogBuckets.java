package dev.heed.position;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/**
 * Signed distances in buckets: each short distance has its own, and the longer, up to the furthest,
 * share what is left by their logarithm (He et al. 2021b, "DeBERTaV3", its released code).
 */
public final class LogBuckets {
  private LogBuckets() {}

  /** How many buckets {@link #of} tells apart on either side of distance 0, 0 in one of them. */
  public static int span(int buckets, int furthest) {
    return buckets < 1 ? furthest : buckets;
  }

  /**
   * INT64 (T, T): the bucket of i − j for query i and key j, from 0 for the furthest key after the
   * query up to 2·{@link #span} − 1 for the furthest before it.
   *
   * @param buckets on either side of 0; below 1, each distance is a bucket
   * @param furthest the distance of the last bucket
   */
  public static Tensor of(int length, int buckets, int furthest, Device device) {
    int span = span(buckets, furthest);
    long[] byDistance = buckets < 1 ? distances(length) : logarithmic(length, buckets, furthest);
    long[] table = new long[Math.multiplyExact(length, length)];
    for (int i = 0; i < length; i++)
      for (int j = 0; j < length; j++) {
        long bucket = byDistance[Math.abs(i - j)];
        long shifted = span + (i < j ? -bucket : bucket);
        table[i * length + j] = Math.max(0, Math.min(2L * span - 1, shifted));
      }
    return Tensor.of(table, length, length).to(device);
  }

  private static long[] distances(int length) {
    long[] all = new long[length];
    for (int distance = 0; distance < length; distance++) all[distance] = distance;
    return all;
  }

  /** In single precision throughout: at the edges of buckets, more digits would give others. */
  private static long[] logarithmic(int length, int buckets, int furthest) {
    int middle = buckets / 2;
    float[] ratios = new float[length + 1];
    for (int i = 0; i < length; i++) ratios[i] = (float) Math.max(i, middle) / middle;
    ratios[length] = (float) ((furthest - 1) / (double) middle);
    float[] logs = Tensor.of(ratios, ratios.length).log().toFloats();
    long[] all = distances(length);
    for (int distance = middle + 1; distance < length; distance++)
      all[distance] = (long) Math.ceil(logs[distance] / logs[length] * (middle - 1)) + middle;
    return all;
  }
}
