package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Attention by content and by relative distance (Dai et al. 2019, "Transformer-XL", section 3.3),
 * in two streams over the same keys and values (Yang et al. 2019, "XLNet", section 2.3):
 *
 * <pre>
 * A(i, j) = (q_i + u)·k_j + (q_i + v)·r_{i−j} + (q_i + w)·s_{i,j}
 * weights = softmax(A / √Dh)
 * </pre>
 *
 * <p>where r is projected from the sinusoid of a distance, and s is one of two vectors, for tokens
 * of the same and of different segments. The query stream is that of tokens which are to be
 * predicted, and which must not see themselves. B batch, H heads, T tokens, M memory, S = M + T
 * keys, G targets, P = S + T distances, Dh head size.
 */
public final class TwoStream extends Module {
  /**
   * @param content (B, T, D)
   * @param query (B, G, D), if there are targets
   */
  public record Streams(Tensor content, Optional<Tensor> query) {}

  /**
   * What all layers share.
   *
   * @param distances (P, D), from S down to 1 − T
   * @param differ (B, T, S), 1 where two tokens are of different segments; empty without segments
   * @param content who sees whom in the content stream
   * @param query and in the query stream
   * @param targets (B, G, T), 1 at the place of each target
   */
  public record Context(
      Tensor distances,
      Optional<Tensor> differ,
      Mask content,
      Mask query,
      Optional<Tensor> targets) {}

  private static final double FORBIDDEN = -1e30;

  private final int heads;
  private final int size; // Dh
  private final Tensor q; // (D, H, Dh)
  private final Tensor k; // (D, H, Dh)
  private final Tensor v; // (D, H, Dh)
  private final Tensor o; // (D, H, Dh)
  private final Tensor r; // (D, H, Dh)
  private final Tensor contentBias; // (H, Dh), u
  private final Tensor distanceBias; // (H, Dh), v
  private final Tensor segmentBias; // (H, Dh), w
  private final Tensor segments; // (2, H, Dh), s
  private final Dropout dropout;

  /**
   * @param dropout of keys
   */
  public TwoStream(int model, int heads, double dropout) {
    this.heads = heads;
    this.size = model / heads;
    this.q = map("q", model);
    this.k = map("k", model);
    this.v = map("v", model);
    this.o = map("o", model);
    this.r = map("r", model);
    this.distanceBias = parameter("r_r_bias", Init.normal(0.02, heads, size));
    this.segmentBias = parameter("r_s_bias", Init.normal(0.02, heads, size));
    this.contentBias = parameter("r_w_bias", Init.normal(0.02, heads, size));
    this.segments = parameter("seg_embed", Init.normal(0.02, 2, heads, size));
    this.dropout = child("dropout", new Dropout(dropout));
  }

  private Tensor map(String name, int model) {
    return parameter(name, Init.normal(0.02, model, heads, size));
  }

  /**
   * (B, T, D) and (B, G, D) → the same. Shows the weights (B, H, T, S) as {@code attentions}, those
   * of two streams as {@code two_stream_attentions}, content first.
   *
   * @param memory (B, M, D)
   */
  public Streams forward(Streams x, Optional<Tensor> memory, Context context) {
    Tensor read =
        memory
            .map(past -> Tensor.cat(1, List.of(past, x.content())))
            .orElse(x.content()); // (B, S, D)
    Tensor keys = project(read, k); // (B, H, S, Dh)
    Tensor values = dropout.rows(project(read, v)); // (B, H, S, Dh)
    Tensor places = project(context.distances().unsqueeze(0), r); // (1, H, P, Dh)
    Attention attention =
        new Attention(
            keys,
            values,
            places,
            context.differ(),
            x.query().isPresent() ? "two_stream_attentions" : "attentions");
    Tensor content = attend(project(x.content(), q), attention, context.content()); // (B, T, H·Dh)
    Optional<Tensor> query =
        x.query()
            .map(
                targets -> {
                  Tensor where = context.targets().orElseThrow(); // (B, G, T)
                  Tensor flat = targets.matmul(flat(q)); // (B, G, H·Dh)
                  Tensor placed = split(where.transpose(1, 2).matmul(flat)); // (B, H, T, Dh)
                  return where.matmul(attend(placed, attention, context.query())); // (B, G, H·Dh)
                });
    return new Streams(output(content), query.map(this::output));
  }

  private record Attention(
      Tensor keys, Tensor values, Tensor places, Optional<Tensor> differ, String name) {}

  /** Queries (B, H, T, Dh) → (B, T, H·Dh). */
  private Tensor attend(Tensor queries, Attention to, Mask mask) {
    long length = queries.size(2);
    long all = to.keys().size(2);
    Tensor content = biased(queries, contentBias).matmul(to.keys().transpose(2, 3)); // (B, H, T, S)
    Tensor byDistance = biased(queries, distanceBias).matmul(to.places().transpose(2, 3));
    Tensor sum = content.add(shifted(byDistance, all)); // (B, H, T, S)
    Tensor withSegments = to.differ().map(d -> sum.add(bySegment(queries, d))).orElse(sum);
    Tensor scores = withSegments.mul(1 / Math.sqrt(size));
    Tensor masked =
        mask.allowed(length, all, scores.device())
            .map(pairs -> scores.add(pairs.logicalNot().to(scores.dtype()), FORBIDDEN))
            .orElse(scores);
    Tensor weights = show(to.name(), masked.softmax(-1)); // (B, H, T, S)
    return weights
        .matmul(to.values())
        .transpose(1, 2)
        .reshape(queries.size(0), length, (long) heads * size); // (B, T, H·Dh)
  }

  private Tensor biased(Tensor queries, Tensor bias) {
    return queries.add(bias.unsqueeze(1)); // (B, H, T, Dh)
  }

  /**
   * (B, H, T, P) by distance, from S down → (B, H, T, S) by key: row i begins T − i further on (Dai
   * et al. 2019, appendix B).
   */
  private static Tensor shifted(Tensor x, long keys) {
    long batch = x.size(0);
    long heads = x.size(1);
    long rows = x.size(2);
    long all = x.size(3);
    return x.reshape(batch, heads, all, rows)
        .narrow(2, 1, all - 1)
        .reshape(batch, heads, rows, all - 1)
        .narrow(3, 0, keys);
  }

  /** (B, H, T, S). */
  private Tensor bySegment(Tensor queries, Tensor differ) {
    Tensor both = biased(queries, segmentBias).matmul(segments.permute(1, 2, 0)); // (B, H, T, 2)
    Tensor same = both.narrow(3, 0, 1); // (B, H, T, 1)
    Tensor other = both.narrow(3, 1, 1);
    return same.add(other.sub(same).mul(differ.unsqueeze(1)));
  }

  /** (D, H, Dh) → (D, H·Dh). */
  private Tensor flat(Tensor weight) {
    return weight.reshape(weight.size(0), (long) heads * size);
  }

  /** (B, N, D) → (B, H, N, Dh). */
  private Tensor project(Tensor x, Tensor weight) {
    return split(x.matmul(flat(weight)));
  }

  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, size).transpose(1, 2);
  }

  private Tensor output(Tensor attended) {
    return attended.linear(flat(o), Optional.empty()); // (B, T, D)
  }
}
