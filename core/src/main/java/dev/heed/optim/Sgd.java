package dev.heed.optim;

import dev.heed.tensor.Tensor;
import java.util.Map;

/**
 * Stochastic gradient descent with momentum μ (Sutskever et al. 2013, "On the importance of
 * initialization and momentum in deep learning", in PyTorch's form, which scales the velocity by
 * the rate of the step rather than storing the product):
 *
 * <pre>
 *   g ← g + λ p
 *   b ← μ b + g
 *   p ← p − η b                          Nesterov: p ← p − η (g + μ b)
 * </pre>
 */
record Sgd(double momentum, boolean nesterov) implements UpdateRule {
  @Override
  public Map<String, Tensor> state(Tensor p) {
    if (momentum == 0) return Map.of();
    return Map.of("b", Tensor.zeros(p.dtype(), p.device(), p.shape()));
  }

  @Override
  public void step(Tensor p, Tensor gradient, double lr, double decay, Map<String, Tensor> state) {
    Tensor g = decay == 0 ? gradient : gradient.add(p, decay);
    if (momentum == 0) {
      p.add_(g, -lr);
      return;
    }
    Tensor b = state.get("b").mul_(momentum).add_(g);
    p.add_(nesterov ? g.add(b, momentum) : b, -lr);
  }
}
