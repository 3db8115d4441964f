package dev.heed.nn;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;

/**
 * Zeroes entries with probability p in training and scales the rest by 1/(1−p) (Srivastava et al.
 * 2014).
 */
public final class Dropout extends Module {
  private final double p;

  public Dropout(double p) {
    this.p = probability("dropout", p);
  }

  /**
   * @throws UserError if {@code p} is not in [0, 1)
   */
  public static double probability(String name, double p) {
    if (!(p >= 0 && p < 1)) throw new UserError(name + " must be at least 0 and below 1, not " + p);
    return p;
  }

  public Tensor forward(Tensor x) {
    return active() ? x.mul(x.dropoutMask(p)) : x;
  }

  /** {@code residual + dropout(x)} in one pass over memory. */
  public Tensor residual(Tensor residual, Tensor x) {
    return active() ? residual.addcmul(x, x.dropoutMask(p)) : residual.add(x);
  }

  /** Zeroes whole rows: one draw for each vector of the last dimension. */
  public Tensor rows(Tensor x) {
    return active() ? x.mul(x.narrow(-1, 0, 1).dropoutMask(p)) : x;
  }

  private boolean active() {
    return training() && p > 0;
  }
}
