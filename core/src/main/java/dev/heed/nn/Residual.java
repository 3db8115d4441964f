package dev.heed.nn;

import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How one sublayer is normalised and joins the residual stream; {@link Placement} names them. */
public abstract class Residual extends Module {
  /**
   * (B, T, D) → (B, T, D).
   *
   * @param real BOOL (B, T), which tokens are no padding; empty if all are
   * @param sublayer (B, T, D) → (B, T, D)
   */
  public final Tensor forward(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer) {
    return Scope.within(() -> join(x, real, sublayer));
  }

  abstract Tensor join(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer);
}
