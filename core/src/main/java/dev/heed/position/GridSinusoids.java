package dev.heed.position;

import dev.heed.nn.Sizes;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * Sinusoidal positions on a grid of R rows and C columns: those of the column, then those of the
 * row, each of half the width, all sines before all cosines (He et al. 2022, "Masked Autoencoders",
 * its released code, which has the column first). {@link Axial} is learned.
 */
public final class GridSinusoids {
  private GridSinusoids() {}

  /**
   * (R·C, D), row by row.
   *
   * @param size D
   * @throws IllegalArgumentException if D is no multiple of 4
   */
  public static Tensor table(int rows, int columns, int size) {
    Sizes.divides("4", 4, "the width of positions on a grid", size);
    Tensor across = waves(columns, size / 2).unsqueeze(0).expand(rows, -1, -1); // (R, C, D/2)
    Tensor down = waves(rows, size / 2).unsqueeze(1).expand(-1, columns, -1); // (R, C, D/2)
    return Tensor.cat(2, List.of(across, down)).reshape((long) rows * columns, size);
  }

  private static Tensor waves(int positions, int size) {
    return Sinusoidal.table(positions, size, Sinusoidal.Order.SPLIT, Device.CPU);
  }
}
