package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Attention by content, relative distance and segment, whose queries may be fewer than its keys
 * (Dai et al. 2020, "Funnel-Transformer", section 2.2 and appendix A.2.1):
 *
 * <pre>
 * A(i, j) = (q_i + u)·k_j + (q_i + v)·r_{i−j} + (q_i + w)·s_{i,j}
 * out     = softmax(A / √Dh) V Woᵀ + b
 * </pre>
 *
 * <p>where r is projected from the sinusoid of a distance, and s is one of two vectors, for tokens
 * of different segments and of the same. B batch, H heads, T queries, S keys, P distances, D model,
 * Dh head size.
 */
public final class FunnelAttention extends Module {
  /**
   * What all layers of a block share.
   *
   * @param distances (P, D): sinusoids
   * @param index INT64 (T, S): which of them stands between a query and a key
   * @param same (B, T, S): 1 where both are of one segment, else 0
   * @param related (T, S): 0 where distance and segment don't count, else 1; empty if they do
   * @param mask of the keys
   */
  public record Context(
      Tensor distances, Tensor index, Tensor same, Optional<Tensor> related, Mask mask) {}

  private static final double FORBIDDEN = -1e30;

  private final int heads;
  private final int size; // Dh
  private final Linear q;
  private final Linear k;
  private final Linear v;
  private final Linear out;
  private final Tensor distanceMap; // (D, H, Dh)
  private final Tensor contentBias; // (H, Dh), u
  private final Tensor distanceBias; // (H, Dh), v
  private final Tensor segmentBias; // (H, Dh), w
  private final Tensor segments; // (2, H, Dh), s
  private final Dropout dropout;

  /**
   * @param dropout of keys
   */
  public FunnelAttention(int model, int heads, int size, double dropout) {
    this.heads = heads;
    this.size = size;
    long inner = (long) heads * size;
    this.q = child("q", new Linear(model, inner, false));
    this.k = child("k", new Linear(model, inner, true));
    this.v = child("v", new Linear(model, inner, true));
    this.out = child("out", new Linear(inner, model, true));
    this.distanceMap = parameter("r_kernel", Init.normal(0.02, model, heads, size));
    this.contentBias = parameter("r_w_bias", Init.normal(0.02, heads, size));
    this.distanceBias = parameter("r_r_bias", Init.normal(0.02, heads, size));
    this.segmentBias = parameter("r_s_bias", Init.normal(0.02, heads, size));
    this.segments = parameter("seg_embed", Init.normal(0.02, 2, heads, size));
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /** Queries (B, T, D) and keys (B, S, D) → (B, T, D). Shows the weights as {@code attentions}. */
  public Tensor forward(Tensor queries, Tensor keys, Context context) {
    Tensor heads = split(q.forward(queries)); // (B, H, T, Dh)
    Tensor content =
        biased(heads, contentBias).matmul(split(k.forward(keys)).transpose(2, 3)); // (B, H, T, S)
    Tensor relative = byDistance(heads, context).add(bySegment(heads, context.same()));
    Tensor counted = context.related().map(relative::mul).orElse(relative);
    Tensor scores = content.add(counted).mul(1 / Math.sqrt(size)); // (B, H, T, S)
    Tensor masked =
        context
            .mask()
            .allowed(queries.size(1), keys.size(1), scores.device())
            .map(pairs -> scores.maskedFill(pairs.logicalNot(), FORBIDDEN))
            .orElse(scores);
    Tensor weights = show("attentions", masked.softmax(-1)); // (B, H, T, S)
    Tensor seen = weights.matmul(dropout.rows(split(v.forward(keys)))); // (B, H, T, Dh)
    return out.forward(
        seen.transpose(1, 2)
            .reshape(queries.size(0), queries.size(1), (long) this.heads * size)); // (B, T, D)
  }

  /** (B, H, T, S). */
  private Tensor byDistance(Tensor queries, Context context) {
    Tensor map = distanceMap.reshape(distanceMap.size(0), (long) heads * size); // (D, H·Dh)
    Tensor places = split(context.distances().matmul(map).unsqueeze(0)); // (1, H, P, Dh)
    Tensor scores = biased(queries, distanceBias).matmul(places.transpose(2, 3)); // (B, H, T, P)
    Tensor index = context.index();
    return scores.gather(
        3, index.expand(queries.size(0), heads, index.size(0), index.size(1))); // (B, H, T, S)
  }

  /** (B, H, T, S). */
  private Tensor bySegment(Tensor queries, Tensor same) {
    Tensor both = biased(queries, segmentBias).matmul(segments.permute(1, 2, 0)); // (B, H, T, 2)
    Tensor different = both.narrow(3, 0, 1); // (B, H, T, 1)
    return different.add(both.narrow(3, 1, 1).sub(different).mul(same.unsqueeze(1)));
  }

  private Tensor biased(Tensor queries, Tensor bias) {
    return queries.add(bias.unsqueeze(1)); // (B, H, T, Dh)
  }

  /** (B, N, H·Dh) → (B, H, N, Dh). */
  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, size).transpose(1, 2);
  }
}
