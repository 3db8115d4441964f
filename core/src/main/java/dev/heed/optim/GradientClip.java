package dev.heed.optim;

import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * Keeps gradients from growing too large (Pascanu, Mikolov and Bengio 2013, algorithm 1). Nothing
 * here waits for the device.
 */
public final class GradientClip {
  /** Keeps a norm of zero from dividing; as in PyTorch, so that runs can be compared. */
  private static final double EPS = 1e-6;

  private GradientClip() {}

  /**
   * The norm over all entries of all gradients together.
   *
   * @param gradients at least one
   * @param p 2 for the Euclidean norm, infinity for the largest magnitude
   * @return a scalar
   */
  public static Tensor norm(List<Tensor> gradients, double p) {
    return Tensor.cat(0, gradients.stream().map(g -> g.norm(p).view(1)).toList()).norm(p);
  }

  /** What to divide by for a norm of at most {@code maxNorm}: max(1, norm/maxNorm), a scalar. */
  public static Tensor divisor(Tensor norm, double maxNorm) {
    return norm.add(EPS).mul(1 / maxNorm).clamp_(1, Double.POSITIVE_INFINITY);
  }

  /**
   * Scales the gradients in place, all by one factor, to a {@link #norm} of at most {@code
   * maxNorm}.
   *
   * @return the norm before, a scalar
   */
  public static Tensor byNorm(List<Tensor> gradients, double maxNorm, double p) {
    Tensor norm = norm(gradients, p);
    Tensor divisor = divisor(norm, maxNorm);
    for (Tensor gradient : gradients) gradient.div_(divisor);
    return norm;
  }

  /** Limits each entry to [-max, max], in place. */
  public static void byValue(List<Tensor> gradients, double max) {
    for (Tensor gradient : gradients) gradient.clamp_(-max, max);
  }
}
