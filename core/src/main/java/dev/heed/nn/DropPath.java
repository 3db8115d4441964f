package dev.heed.nn;

import dev.heed.tensor.Tensor;

/**
 * Stochastic depth (Huang et al. 2016): in training, a residual branch is left out for each row of
 * a batch with probability p.
 */
public final class DropPath extends Module {
  /** When branches are scaled, so that what is expected in training is what evaluation has. */
  public enum Scaling {
    /** By 1/(1−p) in training, those that are kept (Larsson et al. 2017; timm). */
    TRAINING,
    /** By 1−p in evaluation, all of them (Huang et al. 2016, eq. 5). */
    EVALUATION
  }

  private final double p;
  private final Scaling scaling;

  public DropPath(double p) {
    this(p, Scaling.TRAINING);
  }

  public DropPath(double p, Scaling scaling) {
    this.p = Dropout.probability("drop_path_rate", p);
    this.scaling = scaling;
  }

  /** Rates that grow evenly with depth, from 0 to {@code last}; number {@code layer} of them. */
  public static double rate(double last, int layer, int layers) {
    return layers < 2 ? 0 : last * layer / (layers - 1);
  }

  /** The same from {@code last}/{@code layers} on, as published (Huang et al. 2016, eq. 4). */
  public static double published(double last, int layer, int layers) {
    return last * (layer + 1) / layers;
  }

  /** {@code residual + branch}. */
  public Tensor residual(Tensor residual, Tensor branch) {
    return training() && p > 0
        ? kept(residual, branch, drawn(branch))
        : residual.add(branch, expected());
  }

  /** The branch alone. */
  public Tensor forward(Tensor branch) {
    if (training() && p > 0) return branch.mul(factors(branch, drawn(branch)));
    return expected() == 1 ? branch : branch.mul(expected());
  }

  /**
   * {@code residual + branch} in training.
   *
   * @param keep BOOL (B, 1, …), which rows keep their branch
   */
  Tensor kept(Tensor residual, Tensor branch, Tensor keep) {
    return residual.addcmul(branch, factors(branch, keep));
  }

  private Tensor factors(Tensor branch, Tensor keep) {
    Tensor bits = keep.to(branch.dtype());
    return scaling == Scaling.TRAINING ? bits.mul(1 / (1 - p)) : bits; // (B, 1, …)
  }

  private Tensor drawn(Tensor branch) {
    Tensor first = branch;
    for (int dim = 1; dim < branch.dims(); dim++) first = first.narrow(dim, 0, 1);
    return first.dropoutMask(p).ne(0); // (B, 1, …)
  }

  private double expected() {
    return scaling == Scaling.EVALUATION ? 1 - p : 1;
  }
}
