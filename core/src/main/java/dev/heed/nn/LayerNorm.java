package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** (x − mean)/√(var + eps) · gain + bias over the last dimension (Ba et al. 2016, eq. 4). */
public final class LayerNorm extends Module {
  private final Tensor gain;
  private final Tensor bias;
  private final double eps;

  public LayerNorm(long size, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.bias = parameter("bias", Init.zeros(size));
    this.eps = eps;
  }

  public Tensor forward(Tensor x) {
    return x.layerNorm(gain, bias, eps);
  }
}
