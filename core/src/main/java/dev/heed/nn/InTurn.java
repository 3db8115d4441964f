package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Each sublayer reads what the one before it has left in the residual stream. */
public final class InTurn extends Sublayers {
  private final List<Residual> residuals = new ArrayList<>();

  /**
   * @param names the sublayers'
   */
  public InTurn(List<String> names, Supplier<Residual> make) {
    for (String name : names) residuals.add(child(name, make.get()));
  }

  @Override
  public Tensor forward(Tensor x, Optional<Tensor> real, List<UnaryOperator<Tensor>> sublayers) {
    Tensor y = x;
    for (int i = 0; i < residuals.size(); i++)
      y = residuals.get(i).forward(y, real, sublayers.get(i));
    return y;
  }
}
