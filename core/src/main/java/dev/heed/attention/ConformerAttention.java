package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.position.RelativeSinusoids;
import dev.heed.position.Rotary;
import dev.heed.position.Rotation;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * The self-attention of Conformers (Gulati et al. 2020, section 2.1). With relative positions it is
 * Transformer-XL's (Dai et al. 2019, section 3.3), R the sinusoids of the distance:
 *
 * <pre>score(i, j) = ((qᵢ + u) · kⱼ + (qᵢ + v) · W R_{i−j}) / √Dh</pre>
 *
 * <p>With rotary ones, what queries and keys are made of is turned before its projection, where Su
 * et al. 2021 turn queries and keys themselves.
 */
public final class ConformerAttention extends Module {
  /** How attention knows the order of frames. */
  public enum Positions {
    RELATIVE,
    ROTARY,
    NONE
  }

  /**
   * What all layers of a pass share.
   *
   * @param distances R, (1, 2 T − 1, D), if positions are relative
   * @param rotation of T frames, if they are rotary
   */
  public record Order(Optional<Tensor> distances, Optional<Rotation> rotation) {
    /**
     * The order of T = {@code length} frames.
     *
     * @param d model width D
     * @param rotary turns the features of a head
     */
    public static Order of(Positions positions, int length, int d, Rotary rotary, Device device) {
      return switch (positions) {
        case NONE -> new Order(Optional.empty(), Optional.empty());
        case RELATIVE ->
            new Order(Optional.of(RelativeSinusoids.table(length, d, device)), Optional.empty());
        case ROTARY -> {
          Tensor frames = Tensor.arange(length, device).unsqueeze(0); // (1, T)
          yield new Order(Optional.empty(), Optional.of(rotary.at(frames, length, Dtype.FLOAT32)));
        }
      };
    }
  }

  private final Linear q;
  private final Linear k;
  private final Linear v;
  private final MultiHead heads;
  private final int size; // Dh
  private final Optional<Relative> relative;

  /**
   * @param distances W
   * @param content u, (H, Dh)
   * @param position v, (H, Dh)
   */
  private record Relative(Linear distances, Tensor content, Tensor position) {}

  public ConformerAttention(int d, int heads, Positions positions, double dropout) {
    this.q = child("q", new Linear(d, d, true));
    this.k = child("k", new Linear(d, d, true));
    this.v = child("v", new Linear(d, d, true));
    this.heads = child("heads", new MultiHead(d, heads, new ScaledDotProduct(), dropout));
    this.size = d / heads;
    this.relative =
        positions == Positions.RELATIVE
            ? Optional.of(
                new Relative(
                    child("distances", new Linear(d, d, false)),
                    parameter("content", Init.xavier(heads, size)),
                    parameter("position", Init.xavier(heads, size))))
            : Optional.empty();
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Mask mask, Order order) {
    Tensor ordered = order.rotation().map(by -> turned(x, by)).orElse(x);
    Tensor queries = heads.split(q.forward(ordered), 1)[0]; // (B, H, T, Dh)
    Tensor keys = heads.split(k.forward(ordered), 1)[0]; // (B, H, T, Dh)
    Tensor values = heads.split(v.forward(x), 1)[0]; // (B, H, T, Dh)
    if (relative.isEmpty()) return heads.forward(queries, keys, values, mask);
    Relative r = relative.get();
    Tensor distances = r.distances().forward(order.distances().orElseThrow()); // (1, 2 T − 1, D)
    Tensor wayKeys = heads.split(distances, 1)[0].transpose(2, 3); // (1, H, Dh, 2 T − 1)
    Tensor scores = queries.add(r.position().unsqueeze(1)).matmul(wayKeys); // (B, H, T, 2 T − 1)
    Tensor bias = RelativeSinusoids.shift(scores).mul(1 / Math.sqrt(size)); // (B, H, T, T)
    Tensor asking = queries.add(r.content().unsqueeze(1)); // (B, H, T, Dh)
    return heads.forward(asking, keys, values, mask.plus(bias)); // (B, T, D)
  }

  private Tensor turned(Tensor x, Rotation by) {
    return by.turn(x.view(x.size(0), x.size(1), -1, size)).view(x.shape()); // (B, T, D)
  }
}
