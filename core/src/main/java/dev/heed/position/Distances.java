package dev.heed.position;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** Sinusoids of signed distances (Dai et al. 2019, "Transformer-XL", section 3.3). */
public final class Distances {
  private Distances() {}

  /**
   * The distances {@code from}, {@code from} − 1, …, {@code to}: (from − to + 1, D) in float32, all
   * sines before all cosines.
   *
   * @param furthest distances beyond it, on either side, are taken for it; no limit if below 1
   */
  public static Tensor of(int from, int to, int furthest, int size, Device device) {
    return table(from, to, furthest, size).to(Dtype.FLOAT32).to(device);
  }

  /** The same in float64, on the CPU, without a limit. */
  public static Tensor exact(int from, int to, int size) {
    return table(from, to, 0, size);
  }

  private static Tensor table(int from, int to, int furthest, int size) {
    int waves = (size + 1) / 2;
    int rows = from - to + 1;
    double[] table = new double[Math.multiplyExact(rows, 2 * waves)];
    for (int row = 0; row < rows; row++) {
      int distance = from - row;
      if (furthest > 0) distance = Math.max(-furthest, Math.min(furthest, distance));
      for (int t = 0; t < waves; t++) {
        double angle = distance / Math.pow(10_000, 2.0 * t / size);
        table[row * 2 * waves + t] = Math.sin(angle);
        table[row * 2 * waves + waves + t] = Math.cos(angle);
      }
    }
    return Tensor.of(table, rows, 2L * waves);
  }
}
