package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** x/√(mean(x²) + eps) · gain over the last dimension (Zhang and Sennrich 2019, eq. 4). */
public final class RmsNorm extends Module {
  private final Tensor gain;
  private final double eps;

  public RmsNorm(long size, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.eps = eps;
  }

  public Tensor forward(Tensor x) {
    return x.rmsNorm(gain, eps);
  }
}
