package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The norms and residuals of one layer; {@link Placement} names them. */
public abstract class Sublayers extends Module {
  /**
   * (B, T, D) → (B, T, D).
   *
   * @param real BOOL (B, T), which tokens are no padding; empty if all are
   * @param sublayers in the layer's order, (B, T, D) → (B, T, D) each
   */
  public abstract Tensor forward(
      Tensor x, Optional<Tensor> real, List<UnaryOperator<Tensor>> sublayers);
}
