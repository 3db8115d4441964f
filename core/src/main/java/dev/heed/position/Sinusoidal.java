package dev.heed.position;

import dev.heed.config.UserError;
import dev.heed.nn.Init;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5): with wave t of frequency 1/10000^(2t/D),
 *
 * <pre>PE(pos, 2t) = sin(pos / 10000^(2t/D)),  PE(pos, 2t+1) = cos(pos / 10000^(2t/D))</pre>
 */
public final class Sinusoidal extends Position {
  /** Its options: none. */
  public record Options() implements Position.Options {
    @Override
    public Means means() {
      return Means.VECTORS;
    }

    @Override
    public Position position(Stack stack) {
      if (stack.d() % 2 != 0)
        throw new IllegalArgumentException(
            "each wave has a sine and a cosine, so that d must be even, not " + stack.d());
      return new Sinusoidal(stack.positions(), stack.d(), Order.SPLIT);
    }
  }

  /** Where a wave's sine and cosine stand in the row. */
  public enum Order {
    /** sin, cos, sin, cos, … as the paper writes it. */
    INTERLEAVED,
    /** All sines, then all cosines, as the paper's own code (tensor2tensor) and Marian have it. */
    SPLIT
  }

  private final Tensor table; // (N, D), no parameter

  public Sinusoidal(int positions, int size, Order order) {
    Init.count(positions, size);
    this.table = table(positions, size, order, Device.CPU);
  }

  /**
   * INT64 places (B or 1, T) → (B or 1, T, D).
   *
   * @param length one more than the greatest place
   * @throws UserError if it is more than there are positions
   */
  public Tensor forward(Tensor places, long length) {
    check(length, table.size(0));
    table.moveTo(places.device());
    return table.embedding(places, -1);
  }

  @Override
  public Tensor embed(Tensor tokens, double scale, Tensor places, long length) {
    return forward(places, length).add(tokens, scale);
  }

  /** (N, D). */
  public Tensor table() {
    return table;
  }

  static void check(long length, long positions) {
    if (length > positions)
      throw new UserError(
          "a sequence of %d tokens is longer than the model's %d positions"
              .formatted(length, positions));
  }

  /** The table (positions, size) in float32; for an odd size the last wave has no cosine. */
  public static Tensor table(int positions, int size, Order order, Device device) {
    int waves = (size + 1) / 2;
    double[] table = new double[Math.multiplyExact(positions, size)];
    for (int pos = 0; pos < positions; pos++)
      for (int t = 0; t < waves; t++) {
        double angle = pos / Math.pow(10_000, 2.0 * t / size);
        int sine = order == Order.SPLIT ? t : 2 * t;
        int cosine = order == Order.SPLIT ? waves + t : 2 * t + 1;
        table[pos * size + sine] = Math.sin(angle);
        if (cosine < size) table[pos * size + cosine] = Math.cos(angle);
      }
    float[] rounded = new float[table.length];
    for (int i = 0; i < table.length; i++) rounded[i] = (float) table[i];
    return Tensor.of(rounded, positions, size).to(device); // (N, D)
  }
}
