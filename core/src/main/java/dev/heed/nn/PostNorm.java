package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** x ← Norm(x + f(x)) (Vaswani et al. 2017, section 3.1). */
public final class PostNorm extends Residual {
  private final Norm norm;
  private final Branch branch;

  public PostNorm(Placement.Parts parts) {
    this.norm = child("norm", parts.norm());
    this.branch = child("branch", parts.branch());
  }

  @Override
  Tensor join(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer) {
    return norm.forward(branch.residual(x, sublayer.apply(x)), real);
  }
}
