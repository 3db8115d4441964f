package dev.heed.position;

import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Attention with linear biases (Press et al. 2022, section 3): head h subtracts m_h · (i − j) from
 * the score of query i and key j ≤ i.
 *
 * <p>A query's scores may all be moved by one number without changing its weights, so that m_h · j
 * does as well; j is counted from the newest key back, where small numbers are wanted.
 *
 * <p>An encoder, whose queries see keys on both sides, subtracts m_h · |i − j| (Portes et al. 2023,
 * "MosaicBERT", section 2.2), which tells the sides apart no more than their words do.
 */
public final class Alibi extends Position {
  /** Its options: none. */
  public record Options() implements Position.Options {
    @Override
    public Means means() {
      return Means.SCORES;
    }

    @Override
    public Position position(Stack stack) {
      return new Alibi(stack.heads(), MAX, !stack.causal());
    }
  }

  /** 2^(−8h/H) is the paper's. */
  public static final double MAX = 8;

  private final double[] slopes;
  private final boolean bothWays;

  /**
   * @param max the exponent of the last head's slope
   */
  public Alibi(int heads, double max) {
    this(heads, max, false);
  }

  private Alibi(int heads, double max, boolean bothWays) {
    this.slopes = slopes(heads, max);
    this.bothWays = bothWays;
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
    return steep(back.unsqueeze(1), dtype); // (B or 1, H, 1, S)
  }

  @Override
  public Optional<Tensor> scores(Tensor queries, Tensor keys, long length, Dtype dtype) {
    if (!bothWays) return Optional.of(bias(keys, length, dtype));
    Tensor apart = queries.unsqueeze(2).sub(keys.unsqueeze(1)).abs(); // (B or 1, T, S)
    return Optional.of(steep(apart.to(Dtype.FLOAT64).mul(-1), dtype)); // (B or 1, H, T, S)
  }

  /** Distances (B or 1, T or 1, S) times each head's slope. */
  private Tensor steep(Tensor distances, Dtype dtype) {
    Tensor slopes = Tensor.of(this.slopes, this.slopes.length, 1, 1).to(distances.device());
    return distances.unsqueeze(1).mul(slopes).to(dtype); // (B or 1, H, T or 1, S)
  }
}
