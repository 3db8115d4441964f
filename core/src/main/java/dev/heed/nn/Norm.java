package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** Brings the vectors of tokens to a common size; {@link Norms} has them by name. */
public abstract class Norm extends Module {
  /** A norm with its options, before the width is known. */
  public interface Options {
    /**
     * @param size D
     */
    Norm norm(int size);
  }

  /** (…, D) → (…, D). */
  public abstract Tensor forward(Tensor x);

  /**
   * (B, T, D) → (B, T, D). A norm that gathers statistics over tokens leaves padding out of them.
   *
   * @param real BOOL (B, T), which tokens are no padding; empty if all are
   */
  public Tensor forward(Tensor x, Optional<Tensor> real) {
    return forward(x);
  }

  /** Checks an eps among options. */
  static void eps(double eps) {
    if (!(eps >= 0)) throw new IllegalArgumentException("eps must be at least 0, not " + eps);
  }
}
