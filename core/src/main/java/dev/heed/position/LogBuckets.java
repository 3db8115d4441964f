package dev.heed.position;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/**
 * Signed distances in buckets: each short distance has its own, and the longer, up to the furthest,
 * share what is left by their logarithm (He et al. 2021b, "DeBERTaV3", its released code).
 */
public final class LogBuckets {
  private LogBuckets() {}

  /**
   * INT64 (T, T): the bucket of i − j for query i and key j.
   *
   * @param buckets on either side of 0; below 1, each distance is a bucket
   * @param furthest the distance of the last bucket
   */
  public static Tensor of(int length, int buckets, int furthest, Device device) {
    long[] byDistance = buckets < 1 ? distances(length) : logarithmic(length, buckets, furthest);
    long[] table = new long[Math.multiplyExact(length, length)];
    for (int i = 0; i < length; i++)
      for (int j = 0; j < length; j++) {
        long bucket = byDistance[Math.abs(i - j)];
        table[i * length + j] = i < j ? -bucket : bucket;
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
