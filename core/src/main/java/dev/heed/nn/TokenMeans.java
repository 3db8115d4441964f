package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** Means over the real tokens of a batch. */
final class TokenMeans {
  private TokenMeans() {}

  /**
   * The weight of each token in a mean, (…, 1): 0 for padding, alike for all others, 1 together.
   *
   * @param real BOOL (…), empty if all are
   * @param x (…, D)
   */
  static Tensor shares(Optional<Tensor> real, Tensor x) {
    long[] shape = x.shape();
    shape[shape.length - 1] = 1;
    Tensor counted =
        real.map(tokens -> tokens.to(x.dtype()).view(shape))
            .orElseGet(() -> Tensor.full(1, x.dtype(), x.device(), shape));
    return counted.div(counted.sum());
  }

  /** (…, D) → (D). */
  static Tensor mean(Tensor x, Tensor shares) {
    int[] tokens = new int[x.dims() - 1];
    for (int dim = 0; dim < tokens.length; dim++) tokens[dim] = dim;
    return x.mul(shares).sum(tokens);
  }
}
