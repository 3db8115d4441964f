package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * g · x / max(‖x‖, eps) with one number g for all features, which begins with √D (Nguyen and
 * Salazar 2019, "Transformers without Tears", eq. 4).
 */
public final class ScaleNorm extends Norm {
  /** Its options. */
  public record Options(@Doc("the least length that is divided by") double eps)
      implements Norm.Options {
    public Options {
      Norm.eps(eps);
    }

    @Override
    public Norm norm(int size) {
      return new ScaleNorm(size, eps);
    }
  }

  private final Tensor gain; // (1)
  private final double eps;

  public ScaleNorm(long size, double eps) {
    this.gain = parameter("weight", Init.ones(1).mul_(Math.sqrt(size)));
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor wide = x.dtype() == Dtype.FLOAT64 ? x : x.to(Dtype.FLOAT32); // in bfloat16 squares lose
    Tensor square = wide.mul(wide).sum(-1).unsqueeze(-1); // (…, 1)
    Tensor length = square.clamp(eps * eps, Double.POSITIVE_INFINITY).sqrt();
    return wide.mul(gain.div(length));
  }
}
