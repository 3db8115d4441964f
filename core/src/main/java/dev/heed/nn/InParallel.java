package dev.heed.nn;

import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * x ← x + f₁(n) + f₂(n) + …, n = Norm(x): all sublayers read the same normed input (GPT-J, Wang and
 * Komatsuzaki 2021; PaLM, Chowdhery et al. 2022, section 2).
 *
 * <p>The published models have attention and a feed-forward layer. Where a decoder layer has cross
 * attention as well, that is a third of them: it asks with the layer's input instead of with what
 * self-attention has made of it.
 */
public final class InParallel extends Sublayers {
  private final Norm norm;
  private final List<Branch> branches = new ArrayList<>();

  /**
   * @param names the sublayers'
   */
  public InParallel(List<String> names, Placement.Parts parts) {
    this.norm = child("norm", parts.norm());
    for (String name : names) branches.add(child(name, parts.branch()));
  }

  @Override
  public Tensor forward(Tensor x, Optional<Tensor> real, List<UnaryOperator<Tensor>> sublayers) {
    return Scope.within(
        () -> {
          Tensor normed = norm.forward(x, real);
          Tensor y = x;
          for (int i = 0; i < branches.size(); i++)
            y = branches.get(i).residual(y, sublayers.get(i).apply(normed));
          return y;
        });
  }
}
