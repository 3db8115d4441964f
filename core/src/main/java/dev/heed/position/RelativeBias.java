package dev.heed.position;

import dev.heed.config.Doc;
import dev.heed.nn.Init;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * T5's relative positions (Raffel et al. 2020, section 2.1): a number of each head's, added to the
 * score of a query and a key, for the bucket that their distance is in. With B buckets to a side
 * and E = ⌊B/2⌋, distance n has
 *
 * <pre>
 * bucket n                                                       if n &lt; E
 * bucket min(B − 1, E + ⌊ln(n/E) / ln(furthest/E) · (B − E)⌋)    otherwise
 * </pre>
 *
 * <p>A bias that looks both ways has half of its buckets for keys up to the query and half for
 * those behind it; one that looks back has all of them for keys up to the query.
 */
public final class RelativeBias extends Position {
  /** Its options. */
  public record Options(
      @Doc("how many distances are told apart, in all") int buckets,
      @Doc("the distance from which all share a bucket") int maxDistance)
      implements Position.Options {
    @Override
    public Means means() {
      return Means.SCORES;
    }

    @Override
    public Position position(Stack stack) {
      return new RelativeBias(buckets, maxDistance, stack.heads(), !stack.causal());
    }
  }

  private final Tensor weight; // (buckets, H)
  private final boolean bothWays;
  private final int side; // buckets to a side
  private final int furthest;

  /**
   * @param buckets in all
   * @param furthest the distance from which all share the last bucket
   * @param bothWays for an encoder, which looks ahead too
   * @throws IllegalArgumentException if there are too few buckets for the distance
   */
  public RelativeBias(int buckets, int furthest, int heads, boolean bothWays) {
    this.bothWays = bothWays;
    this.side = bothWays ? buckets / 2 : buckets;
    this.furthest = furthest;
    if (side < 2 || furthest <= side / 2)
      throw new IllegalArgumentException(
          "%d buckets and distance %d leave relative positions no room: 4 buckets are the least, and"
                  .formatted(buckets, furthest)
              + " the distance must be more than half of the buckets");
    this.weight = parameter("weight", Init.normal(0.02, buckets, heads));
  }

  /**
   * What to add to the scores, (B or 1, H, T, S).
   *
   * @param queries INT64 places (B or 1, T)
   * @param keys INT64 places (B or 1, S)
   */
  public Tensor forward(Tensor queries, Tensor keys) {
    Tensor back =
        queries.unsqueeze(2).sub(keys.unsqueeze(1)); // (B or 1, T, S), > 0 for a key before
    return weight.embedding(buckets(back), -1).permute(0, 3, 1, 2); // (B or 1, H, T, S)
  }

  @Override
  public Optional<Tensor> scores(Tensor queries, Tensor keys, long length, Dtype dtype) {
    return Optional.of(forward(queries, keys));
  }

  /** INT64 distances from key to query → INT64 buckets. */
  Tensor buckets(Tensor back) {
    int exact = side / 2;
    // In float32, as the published code has it, so that a distance on an edge falls as it does
    // there.
    Tensor away = (bothWays ? back.abs() : back.relu()).to(Dtype.FLOAT32);
    Tensor isFar = away.ge(exact);
    Tensor isNear = isFar.logicalNot();
    Tensor share =
        away.div(number(exact, away)).log().div(number(Math.log((double) furthest / exact), away));
    Tensor far = whole(share.mul(side - exact).maskedFill(isNear, 0)).add(exact);
    Tensor limited = far.maskedFill(far.ge(side), side - 1);
    Tensor bucket = away.maskedFill(isFar, 0).add(limited.maskedFill(isNear, 0));
    if (!bothWays) return bucket.to(Dtype.INT64);
    Tensor ahead = back.ge(0).logicalNot().to(Dtype.FLOAT32);
    return bucket.add(ahead, side).to(Dtype.INT64);
  }

  /** Without what stands behind the point. */
  private static Tensor whole(Tensor x) {
    return x.to(Dtype.INT64).to(Dtype.FLOAT32);
  }

  private static Tensor number(double value, Tensor like) {
    return Tensor.full(value, Dtype.FLOAT32, like.device());
  }
}
