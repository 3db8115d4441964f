package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;

/** (x − mean)/√(var + eps) · gain + bias over the last dimension (Ba et al. 2016, eq. 4). */
public final class LayerNorm extends Norm {
  /** Its options. */
  public record Options(@Doc("added to variances") double eps) implements Norm.Options {
    public static final Options DEFAULT = new Options(1e-5);

    public Options {
      Norm.eps(eps);
    }

    @Override
    public Norm norm(int size) {
      return new LayerNorm(size, eps);
    }
  }

  private final Tensor gain;
  private final Tensor bias;
  private final double eps;

  public LayerNorm(long size, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.bias = parameter("bias", Init.zeros(size));
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.layerNorm(gain, bias, eps);
  }
}
