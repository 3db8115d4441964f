package dev.heed.position;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/**
 * Sinusoids of distances (Dai et al. 2019, section 3.3): row r of 2 T − 1 tells the distance T − 1
 * − r from a query to a key, which is above 0 for keys before it.
 */
public final class RelativeSinusoids {
  private RelativeSinusoids() {}

  /** Sine and cosine of each wave side by side, (1, 2 T − 1, D), D even. */
  public static Tensor table(int length, int size, Device device) {
    int rows = 2 * length - 1;
    float[] table = new float[Math.multiplyExact(rows, size)];
    for (int row = 0; row < rows; row++)
      for (int wave = 0; wave < size / 2; wave++) {
        double angle = (length - 1 - row) * Math.pow(10_000, -2.0 * wave / size);
        table[row * size + 2 * wave] = (float) Math.sin(angle);
        table[row * size + 2 * wave + 1] = (float) Math.cos(angle);
      }
    return Tensor.of(table, 1, rows, size).to(device);
  }

  /**
   * Scores of each query with each distance, (B, H, T, 2 T − 1), → with each key, (B, H, T, T): row
   * i moved left by T − 1 − i (appendix B), by reading the padded rows as one line.
   */
  public static Tensor shift(Tensor scores) {
    long length = scores.size(2);
    long rows = scores.size(3);
    return scores
        .pad(1, 0) // (B, H, T, 2 T)
        .view(scores.size(0), scores.size(1), rows + 1, length)
        .narrow(2, 1, rows)
        .reshape(scores.size(0), scores.size(1), length, rows)
        .narrow(3, 0, length);
  }
}
