package dev.heed.attention;

import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.position.Distances;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * Attention by content and by relative distance (Dai et al. 2019, "Transformer-XL", section 3.3),
 * to the tokens of a segment and to the memory of those before it:
 *
 * <pre>
 * h' = [SG(m); h]     q = h W_q    k = h' W_k    v = h' W_v    r_d = W_r · sinusoid(d)
 * A(i, j) = ((q_i + u) · k_j + (q_i + w) · r_{i−j}) / √Dh
 * </pre>
 *
 * <p>In an encoder distances are of either sign. B batch, T tokens, M of memory, S = M + T keys, D
 * model, H heads, Dh head size, N the model's positions; P is B, or 1 where all rows stand alike.
 */
public final class TransformerXl extends Mixer {
  /** Its options: none. */
  public record Options() implements Mechanism {
    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Mixer self(Place place) {
      return new TransformerXl(place);
    }
  }

  private final int heads;
  private final int positions;
  private final boolean causal;
  private final Linear qkv;
  private final Linear distance; // W_r
  private final Tensor contentBias; // u (H, Dh)
  private final Tensor distanceBias; // w (H, Dh)
  private final Dropout dropout;
  private final Linear out;
  private final Tensor sinusoids; // (N or 2N − 1, D) of the distances N − 1, N − 2, …, no parameter

  public TransformerXl(Place place) {
    if (place.d() % 2 != 0)
      throw new IllegalArgumentException("d must be even for sinusoids, not " + place.d());
    int d = place.d();
    this.heads = place.heads();
    this.positions = place.positions();
    this.causal = place.causal();
    this.qkv = child("qkv", Linear.fused(3, d, d, false));
    this.distance = child("distance", new Linear(d, d, false));
    this.contentBias = parameter("contentBias", Init.xavier(heads, place.headSize()));
    this.distanceBias = parameter("distanceBias", Init.xavier(heads, place.headSize()));
    this.dropout = child("dropout", new Dropout(place.dropout()));
    this.out = child("out", new Linear(d, d, false));
    int furthest = positions - 1;
    this.sinusoids = Distances.exact(furthest, causal ? 0 : -furthest, d);
  }

  /** (B, T, D) → (B, T, D), to the tokens of the passes before too. */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor[] maps = split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    KeyValues all = pass.extend(this, maps[1], dropout.rows(maps[2])); // (B, H, S, Dh)
    Tensor weights = weights(maps[0], all.keys(), Offsets.of(pass), pass.length(), pass.mask());
    return joined(weights, all.values());
  }

  /**
   * (B, T, D) → (B, T, D), by segments.
   *
   * @param memory (B, M, D), what this was given for the segments before; no gradient flows there
   */
  public Tensor forward(Tensor x, Tensor memory, Mask mask) {
    long before = memory.size(1);
    Tensor both = Tensor.cat(1, List.of(memory.detach(), x)); // (B, S, D)
    Tensor[] maps = split(qkv.forward(both), 3); // 3 × (B, H, S, Dh)
    Tensor q = maps[0].narrow(2, before, x.size(1)); // (B, H, T, Dh)
    Tensor offsets = Offsets.of(x.size(1), both.size(1), x.device());
    Tensor weights = weights(q, maps[1], offsets, (int) both.size(1), mask);
    return joined(weights, dropout.rows(maps[2]));
  }

  /**
   * (B, H, T, S).
   *
   * @param offsets INT64 (P, T, S), j − i
   * @param length above every distance
   */
  private Tensor weights(Tensor q, Tensor k, Tensor offsets, int length, Mask mask) {
    Tensor content = q.add(contentBias.unsqueeze(1)).matmul(k.transpose(2, 3)); // (B, H, T, S)
    Tensor scores = content.add(shifted(byDistance(q, length), offsets, length));
    Tensor weights = Scores.weights(scores.mul(1 / Math.sqrt((double) q.size(3))), mask);
    return show("attentions", weights);
  }

  /**
   * The distances {@code length} − 1, … of which queries (B, H, T, Dh) say something, (B, H, T, ·).
   */
  Tensor byDistance(Tensor q, int length) {
    Tensor waves = sinusoids(length).to(q.device()).to(q.dtype()).unsqueeze(0); // (1, ·, D)
    Tensor r = split(distance.forward(waves), 1)[0]; // (1, H, ·, Dh)
    return q.add(distanceBias.unsqueeze(1)).matmul(r.transpose(2, 3));
  }

  /** Of the distances {@code length} − 1, …, (·, D). */
  Tensor sinusoids(int length) {
    if (length > positions)
      throw new UserError(
          "a sequence of %d tokens is longer than the model's %d positions"
              .formatted(length, positions));
    return sinusoids.narrow(0, positions - length, causal ? length : 2L * length - 1);
  }

  /** What queries say of distances, by keys (appendix B): (B, H, T, S). */
  static Tensor shifted(Tensor byDistance, Tensor offsets, int length) {
    return Offsets.pick(byDistance, Offsets.within(offsets, length - 1, 0, byDistance.size(3) - 1));
  }

  private Tensor joined(Tensor weights, Tensor values) {
    Tensor attended = weights.matmul(values).transpose(1, 2); // (B, T, H, Dh)
    return out.forward(attended.reshape(weights.size(0), weights.size(2), -1)); // (B, T, D)
  }

  /** (B, N, maps·D) → maps × (B, H, N, Dh). */
  private Tensor[] split(Tensor projected, int maps) {
    return projected
        .view(projected.size(0), projected.size(1), maps, heads, -1)
        .permute(2, 0, 3, 1, 4)
        .contiguous()
        .unbind(0);
  }
}
