package dev.heed.position;

import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * Positions on a grid of A rows and C columns, position p's vector being that of its row and that
 * of its column, [rows[p / C]; columns[p mod C]] (Kitaev et al. 2020, appendix). B batch, T tokens,
 * D = Da + Dc.
 */
public final class Axial extends Module {
  private final Tensor rows; // (A, 1, Da)
  private final Tensor columns; // (1, C, Dc)

  /**
   * @param grid A and C
   * @param sizes Da and Dc
   */
  public Axial(List<Integer> grid, List<Integer> sizes) {
    Sizes.entries("axial_pos_shape", grid, 2);
    Sizes.entries("axial_pos_embds_dim", sizes, 2);
    this.rows = parameter("rows", Init.normal(1, grid.get(0), 1, sizes.get(0)));
    this.columns = parameter("columns", Init.normal(1, 1, grid.get(1), sizes.get(1)));
  }

  /**
   * The vectors of positions 0, …, T−1, (1, T, D).
   *
   * @throws dev.heed.config.UserError if the grid has fewer
   */
  public Tensor forward(long length) {
    long a = rows.size(0);
    long c = columns.size(1);
    Sinusoidal.check(length, a * c);
    Tensor down = rows.expand(a, c, rows.size(2));
    Tensor across = columns.expand(a, c, columns.size(2));
    return Tensor.cat(2, List.of(down, across)) // (A, C, D)
        .reshape(1, a * c, rows.size(2) + columns.size(2))
        .narrow(1, 0, length);
  }
}
