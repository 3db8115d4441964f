package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.position.RelativeSinusoids;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.List;
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
   * @param rotation cos and sin (T, 1, Dh), if they are rotary
   */
  public record Order(Optional<Tensor> distances, List<Tensor> rotation) {
    /** The order of T = {@code length} frames. */
    public static Order of(Positions positions, int length, int d, int heads, double rotaryBase) {
      return switch (positions) {
        case NONE -> new Order(Optional.empty(), List.of());
        case RELATIVE ->
            new Order(Optional.of(RelativeSinusoids.table(length, d, Device.CPU)), List.of());
        case ROTARY -> new Order(Optional.empty(), rotation(length, d / heads, rotaryBase));
      };
    }

    private static List<Tensor> rotation(int length, int size, double base) {
      float[] cos = new float[length * size];
      float[] sin = new float[length * size];
      for (int i = 0; i < cos.length; i++) {
        int frame = i / size;
        int wave = i % size % (size / 2);
        double angle = frame * Math.pow(base, -2.0 * wave / size);
        cos[i] = (float) Math.cos(angle);
        sin[i] = (float) Math.sin(angle);
      }
      return List.of(Tensor.of(cos, length, 1, size), Tensor.of(sin, length, 1, size));
    }

    public Order to(Device device) {
      return new Order(
          distances.map(table -> table.to(device)),
          rotation.stream().map(table -> table.to(device)).toList());
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
    Tensor ordered = order.rotation().isEmpty() ? x : rotate(x, order.rotation());
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

  /** Turns features i and i + Dh/2 of each head together (Su et al. 2021, eq. 34). */
  private Tensor rotate(Tensor x, List<Tensor> rotation) {
    Tensor parts = x.view(x.size(0), x.size(1), -1, size); // (B, T, H, Dh)
    Tensor first = parts.narrow(3, 0, size / 2);
    Tensor second = parts.narrow(3, size / 2, size / 2);
    Tensor across = Tensor.cat(3, List.of(second.mul(-1), first)); // (B, T, H, Dh)
    return parts
        .mul(rotation.get(0))
        .add(across.mul(rotation.get(1)))
        .view(x.size(0), x.size(1), x.size(2));
  }
}
