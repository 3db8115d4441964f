package dev.heed.position;

import dev.heed.nn.Module;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * Attention with linear biases (Press et al. 2022, section 3): head h subtracts m_h · (i − j) from
 * the score of query i and key j ≤ i.
 *
 * <p>A query's scores may all be moved by one number without changing its weights, so that m_h · j
 * does as well; j is counted from the newest key back, where small numbers are wanted.
 */
public final class Alibi extends Module {
  /** 2^(−8h/H) is the paper's. */
  public static final double MAX = 8;

  private final double[] slopes;

  /**
   * @param max the exponent of the last head's slope
   */
  public Alibi(int heads, double max) {
    this.slopes = slopes(heads, max);
  }

  /**
   * m_h = 2^(−max·h/H), h = 1…H; where H is no power of two, those of the next lower power, then
   * every other one of the next higher.
   */
  public static double[] slopes(int heads, double max) {
    int lower = Integer.highestOneBit(heads);
    double[] slopes = new double[heads];
    for (int h = 0; h < heads; h++)
      slopes[h] =
          h < lower
              ? Math.pow(2, -max * (h + 1) / lower)
              : Math.pow(2, -max * (2 * (h - lower) + 1) / (2 * lower));
    return slopes;
  }

  /**
   * What is added to scores: (B or 1, H, 1, S).
   *
   * @param keys INT64 (B or 1, S), where they stand
   * @param length one more than the greatest place
   */
  public Tensor bias(Tensor keys, long length, Dtype dtype) {
    Tensor back = keys.to(Dtype.FLOAT64).add(1.0 - length); // (B or 1, S), ≤ 0
    Tensor steep = Tensor.of(slopes, slopes.length, 1, 1).to(keys.device()); // (H, 1, 1)
    return back.unsqueeze(1).unsqueeze(1).mul(steep).to(dtype); // (B or 1, H, 1, S)
  }
}
