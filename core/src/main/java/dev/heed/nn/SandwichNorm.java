package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * x ← x + Norm(f(Norm(x))), and a last norm over the stack (Ding et al. 2021, "CogView", section
 * 2.4): what joins the residual stream has a bounded size, whatever the sublayer makes.
 */
public final class SandwichNorm extends Residual {
  private final Norm norm;
  private final Norm after;
  private final Branch branch;

  public SandwichNorm(Placement.Parts parts) {
    this.norm = child("norm", parts.norm());
    this.after = child("after", parts.norm());
    this.branch = child("branch", parts.branch());
  }

  @Override
  Tensor join(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer) {
    return branch.residual(x, after.forward(sublayer.apply(norm.forward(x, real)), real));
  }
}
