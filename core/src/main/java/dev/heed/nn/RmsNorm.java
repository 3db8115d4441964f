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
    Tensor squares = x.mul(x).sum(-1).unsqueeze(-1); // (…, 1)
    return x.div(squares.mul(1.0 / x.size(-1)).add(eps).sqrt()).mul(gain);
  }
}
