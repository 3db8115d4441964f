package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Attention whose similarity is a product of features, so that sums over keys can be made before
 * queries are known, in time and memory linear in the length (Katharopoulos et al. 2020, eqs.
 * 4–12):
 *
 * <pre>
 * outᵢ = φ(qᵢ) Σⱼ φ(kⱼ) vⱼᵀ / φ(qᵢ) Σⱼ φ(kⱼ)
 * causal, as a recurrence:  Sᵢ = Sᵢ₋₁ + φ(kᵢ) [vᵢ, 1]ᵀ
 * </pre>
 *
 * <p>A causal pass goes by chunks of C tokens: what comes from earlier chunks through their sums,
 * and what from its own through C×C products. A step of decoding carries S alone. B batch, H heads,
 * T queries, S keys, M features, Dv value size.
 */
abstract class FeatureMap extends Kernel {
  private static final int CHUNK = 64;

  /**
   * φ(q), (B, H, T, M), at least 0; what all features of one query have in common may be left out.
   */
  abstract Tensor queries(Tensor q);

  /**
   * φ(k), (B, H, S, M), at least 0.
   *
   * @param alike whether all queries see all keys, so that what keys have in common may be left out
   */
  abstract Tensor keys(Tensor k, Optional<Tensor> real, boolean alike);

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    Optional<Tensor> real = mask.keys().map(keys -> keys.transpose(2, 3)); // (B or 1, 1, S, 1)
    Tensor fq = queries(q); // (B, H, T, M)
    Tensor fk = zeroed(keys(k, real, !mask.isCausal()), real); // (B, H, S, M)
    Tensor values = withOnes(v); // (B, H, S, Dv + 1)
    Tensor sums =
        mask.isCausal()
            ? causal(fq, fk, values)
            : fq.matmul(fk.transpose(2, 3).matmul(values)); // (B, H, T, Dv + 1)
    return ratio(sums);
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Pass pass) {
    if (!pass.mask().isCausal() && pass.isWhole()) return attend(q, k, v, pass.mask());
    Tensor fk = keys(k, Optional.empty(), false);
    Tensor values = withOnes(v);
    if (pass.isWhole()) {
      Optional<Tensor> real = pass.mask().keys().map(keys -> keys.transpose(2, 3));
      Tensor kept = zeroed(fk, real);
      pass.carry(this, none -> kept.transpose(2, 3).matmul(values)); // (B, H, M, Dv + 1)
      return ratio(causal(queries(q), kept, values));
    }
    // Tokens are hypotheses: each has a state of its own, (R, K, H, M, Dv + 1).
    Tensor added = fk.transpose(1, 2).unsqueeze(-1).mul(values.transpose(1, 2).unsqueeze(-2));
    Tensor state = pass.carry(this, before -> before.map(added::add).orElse(added));
    Tensor read =
        queries(q).transpose(1, 2).unsqueeze(-2).matmul(state).squeeze(-2); // (R, K, H, Dv + 1)
    return ratio(read.transpose(1, 2)); // (R, H, K, Dv)
  }

  /** (B, H, T, S), made explicit for those who want to look at it. */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    Optional<Tensor> real = mask.keys().map(keys -> keys.transpose(2, 3));
    Tensor fk = zeroed(keys(k, real, !mask.isCausal()), real);
    Tensor products = queries(q).matmul(fk.transpose(2, 3)); // (B, H, T, S)
    Tensor seen = mask.isCausal() ? products.tril(k.size(2) - q.size(2)) : products;
    return seen.div(notZero(seen.sum(3).unsqueeze(3)));
  }

  private static Tensor causal(Tensor fq, Tensor fk, Tensor values) {
    long tokens = fq.size(2);
    long chunk = Math.min(CHUNK, tokens);
    Layout blocks = Layout.blocks(chunk, 0, 0);
    long more = (tokens + chunk - 1) / chunk * chunk - tokens;
    Tensor q = blocks.queries().apply(fq.pad(0, 0, 0, more)); // (B, H, N, C, M)
    Tensor k = blocks.queries().apply(fk.pad(0, 0, 0, more)); // (B, H, N, C, M)
    Tensor v = blocks.queries().apply(values.pad(0, 0, 0, more)); // (B, H, N, C, Dv + 1)
    Tensor sums = k.transpose(3, 4).matmul(v); // (B, H, N, M, Dv + 1)
    Tensor earlier = sums.cumsum(2).sub(sums); // of the chunks before
    Tensor own = q.matmul(k.transpose(3, 4)).tril(0).matmul(v); // (B, H, N, C, Dv + 1)
    return blocks.back().apply(q.matmul(earlier).add(own)).narrow(2, 0, tokens);
  }

  private static Tensor zeroed(Tensor features, Optional<Tensor> real) {
    return real.map(keys -> features.maskedFill(keys.logicalNot(), 0)).orElse(features);
  }

  /** (…, Dv) → (…, Dv + 1): a column of ones, whose sum is the divisor. */
  private static Tensor withOnes(Tensor v) {
    long[] shape = v.shape();
    shape[shape.length - 1] = 1;
    return Tensor.cat(-1, List.of(v, Tensor.full(1, v.dtype(), v.device(), shape)));
  }

  /** (…, Dv + 1) → (…, Dv): 0 where a query sees nothing. */
  private static Tensor ratio(Tensor sums) {
    long size = sums.size(-1) - 1;
    return sums.narrow(-1, 0, size).div(notZero(sums.narrow(-1, size, 1)));
  }

  private static Tensor notZero(Tensor x) {
    return x.maskedFill(x.eq(0), 1);
  }
}
