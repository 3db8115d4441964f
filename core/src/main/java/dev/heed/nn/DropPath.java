package dev.heed.nn;

import dev.heed.tensor.Tensor;

/**
 * Stochastic depth (Huang et al. 2016): in training, a residual branch is left out for each row of
 * a batch with probability p, and scaled by 1/(1−p) otherwise.
 */
public final class DropPath extends Module {
  private final double p;

  public DropPath(double p) {
    this.p = Dropout.probability("drop_path_rate", p);
  }

  /** Rates that grow evenly with depth, from 0 to {@code last}; number {@code layer} of them. */
  public static double rate(double last, int layer, int layers) {
    return layers < 2 ? 0 : last * layer / (layers - 1);
  }

  /** {@code residual + branch}. */
  public Tensor residual(Tensor residual, Tensor branch) {
    if (!training() || p == 0) return residual.add(branch);
    Tensor first = branch;
    for (int dim = 1; dim < branch.dims(); dim++) first = first.narrow(dim, 0, 1);
    return residual.addcmul(branch, first.dropoutMask(p)); // (B, 1, …)
  }
}
