package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;

/** x/√(mean(x²) + eps) · gain over the last dimension (Zhang and Sennrich 2019, eq. 4). */
public final class RmsNorm extends Norm {
  /** Its options. */
  public record Options(@Doc("added to mean squares") double eps) implements Norm.Options {
    public Options {
      Norm.eps(eps);
    }

    @Override
    public Norm norm(int size) {
      return new RmsNorm(size, eps);
    }
  }

  private final Tensor gain;
  private final double eps;

  public RmsNorm(long size, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.rmsNorm(gain, eps);
  }
}
