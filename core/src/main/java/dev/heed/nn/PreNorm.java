package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * x ← x + f(Norm(x)), and a last norm over the stack (Xiong et al. 2020, "On Layer Normalization in
 * the Transformer Architecture").
 */
public final class PreNorm extends Residual {
  private final Norm norm;
  private final Branch branch;

  public PreNorm(Placement.Parts parts) {
    this.norm = child("norm", parts.norm());
    this.branch = child("branch", parts.branch());
  }

  @Override
  Tensor join(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer) {
    return branch.residual(x, sublayer.apply(norm.forward(x, real)));
  }
}
