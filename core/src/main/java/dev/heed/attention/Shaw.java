package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;

/**
 * Relative positions as keys and values (Shaw, Uszkoreit and Vaswani 2018, eqs. 3 and 4), which all
 * heads share:
 *
 * <pre>
 * r(i, j) = clip(j − i, −c, c) + c
 * e(i, j) = qᵢ · (kⱼ + aᴷ[r]) / √Dh        outᵢ = Σⱼ softmax(e)ᵢⱼ (vⱼ + aⱽ[r])
 * </pre>
 *
 * <p>As in section 3.3, a pass holds T·S·Dh numbers of aⱽ, whatever the batch and the heads. B
 * batch, H heads, T queries, S keys, Dh head size; P is B, or 1 where all rows stand alike.
 */
public final class Shaw extends Kernel {
  /** Its options. */
  public record Options(@Doc("c: distances from which on all are alike") int clip)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("clip", clip);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Kernel kernel(Place place) {
      return new Shaw(clip, place.headSize());
    }
  }

  private final int clip; // c
  private final Tensor keys; // aᴷ (2c + 1, Dh)
  private final Tensor values; // aⱽ (2c + 1, Dh)

  public Shaw(int clip, int headSize) {
    this.clip = clip;
    this.keys = parameter("keys", Init.xavier(2L * clip + 1, headSize));
    this.values = parameter("values", Init.xavier(2L * clip + 1, headSize));
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Pass pass) {
    KeyValues all = pass.extend(this, k, v);
    return attend(q, all.keys(), all.values(), clipped(Offsets.of(pass)), pass.mask());
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    return attend(q, k, v, relative(q, k), mask);
  }

  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return weights(q, k, relative(q, k), mask);
  }

  private Tensor attend(Tensor q, Tensor k, Tensor v, Tensor relative, Mask mask) {
    Tensor weights = weights(q, k, relative, mask);
    return weights.matmul(v).add(places(weights, values.embedding(relative, -1)));
  }

  private Tensor weights(Tensor q, Tensor k, Tensor relative, Mask mask) {
    Tensor scaled = q.mul(1 / Math.sqrt((double) q.size(3)));
    Tensor ofPlaces = Offsets.pick(scaled.matmul(keys.transpose(0, 1)), relative); // (B, H, T, S)
    return Scores.weights(scaled.matmul(k.transpose(2, 3)).add(ofPlaces), mask);
  }

  /** Weights (B, H, T, S) and vectors (P, T, S, Dh) → (B, H, T, Dh). */
  private static Tensor places(Tensor weights, Tensor vectors) {
    long p = vectors.size(0);
    long batch = weights.size(0);
    long heads = weights.size(1);
    long t = weights.size(2);
    return weights
        .reshape(p, batch / p * heads, t, weights.size(3))
        .transpose(1, 2) // (P, T, B/P·H, S)
        .matmul(vectors) // (P, T, B/P·H, Dh)
        .transpose(1, 2)
        .reshape(batch, heads, t, vectors.size(3));
  }

  /** INT64 (1, T, S): r where queries stand at the last places of the keys. */
  Tensor relative(Tensor q, Tensor k) {
    return clipped(Offsets.of(q.size(2), k.size(2), q.device()));
  }

  private Tensor clipped(Tensor offsets) {
    return Offsets.within(offsets, clip, 0, 2L * clip);
  }
}
