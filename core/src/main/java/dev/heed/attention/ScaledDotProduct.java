package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * softmax(Q Kᵀ / √Dh) V (Vaswani et al. 2017, eq. 1).
 *
 * <p>Keys and values may have fewer heads than queries, G of H: query head h then reads number
 * ⌊h·G/H⌋ of them (grouped queries: Ainslie et al. 2023; multi-query for G = 1: Shazeer 2019). The
 * H/G·T queries of a group meet its keys in one product; nothing is repeated.
 *
 * <p>Two paths give the same numbers. Short sequences, such as sentences, go through two batched
 * products, which oneDNN computes five to thirty times faster than the fused kernel there; long
 * ones go through the engine's fused kernel, which never holds all T·S scores
 * (docs/decisions/0003-attention-paths.md).
 */
public final class ScaledDotProduct extends Kernel {
  /** Its options. */
  public record Options(
      @Doc("d_k: numbers of a head's queries and keys; 0 = as many as of its values, D/H")
          int keySize)
      implements Mechanism.OfKernel {
    public Options {
      if (keySize < 0)
        throw new IllegalArgumentException("keySize must be at least 0, not " + keySize);
    }

    @Override
    public int keySize(Place place) {
      return keySize == 0 ? place.headSize() : keySize;
    }

    @Override
    public Traits traits() {
      return Traits.DENSE;
    }

    @Override
    public Kernel kernel(Place place) {
      return new ScaledDotProduct();
    }
  }

  /** Scores of one head from which the fused kernel is faster. */
  private static final long FUSED_FROM = 512 * 512;

  private final OptionalDouble scale;

  /** Scores are divided by √Dh. */
  public ScaledDotProduct() {
    this.scale = OptionalDouble.empty();
  }

  /** Scores are multiplied by {@code scale}; T5's is 1. */
  public ScaledDotProduct(double scale) {
    this.scale = OptionalDouble.of(scale);
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    long queries = q.size(2);
    long keys = k.size(2);
    if (queries * keys >= FUSED_FROM && mask.emptyRows(queries, keys, q.device()).isEmpty())
      return fused(q, k, v, mask);
    Tensor weights = grouped(flatWeights(q, k, mask), v); // (B·G, H/G·T, S)
    return weights
        .bmm(flat(v)) // (B·G, H/G·T, Dv)
        .view(q.size(0), q.size(1), queries, v.size(3)); // (B, H, T, Dv)
  }

  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return flatWeights(q, k, mask).view(q.size(0), q.size(1), q.size(2), k.size(2)); // (B, H, T, S)
  }

  private Tensor flatWeights(Tensor q, Tensor k, Mask mask) {
    Scores.fit(q, k, 2); // scores and weights
    long batch = q.size(0);
    long heads = q.size(1);
    long queries = q.size(2);
    long keys = k.size(2);
    double scale = scale(q);
    Tensor rows = grouped(q, k); // (B·G, H/G·T, Dh)
    Tensor kT = flat(k).transpose(1, 2); // (B·G, Dh, S)
    Tensor scores =
        mask.bias(batch, heads, queries, keys, q)
            .map(bias -> grouped(bias, k).baddbmm(rows, kT, scale))
            .orElseGet(() -> rows.mul(scale).bmm(kT)) // (B·G, H/G·T, S)
            .view(batch * heads, queries, keys); // (B·H, T, S)
    return Scores.normalise(scores, mask, batch, heads);
  }

  /** What is there for each of H heads and T queries, as rows for the G heads of {@code keys}. */
  private static Tensor grouped(Tensor perQuery, Tensor keys) {
    return perQuery.reshape(keys.size(0) * keys.size(1), -1, perQuery.size(-1));
  }

  private Tensor fused(Tensor q, Tensor k, Tensor v, Mask mask) {
    // The engine's own causal mask lets query i see keys up to i even where a prefix stands before.
    boolean causal = mask.isCausalOnly() && q.size(2) == k.size(2);
    return Tensor.fusedAttention(
        q, k, v, causal ? Optional.empty() : pairs(mask, q, k), causal, scale(q)); // (B, H, T, Dv)
  }

  /** What may be attended to, or what is added to the scores. */
  private static Optional<Tensor> pairs(Mask mask, Tensor q, Tensor k) {
    long batch = q.size(0);
    long heads = q.size(1);
    long queries = q.size(2);
    long keys = k.size(2);
    return mask.hasScores()
        ? mask.bias(batch, heads, queries, keys, q)
            .map(bias -> bias.view(batch, heads, queries, keys))
        : mask.allowed(queries, keys, q.device());
  }

  private double scale(Tensor q) {
    return scale.orElseGet(() -> 1 / Math.sqrt((double) q.size(3)));
  }

  /** (B, H, N, D) → (B·H, N, D). */
  private static Tensor flat(Tensor x) {
    return x.reshape(x.size(0) * x.size(1), x.size(2), x.size(3));
  }
}
