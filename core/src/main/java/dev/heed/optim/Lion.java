package dev.heed.optim;

import dev.heed.tensor.Tensor;
import java.util.Map;

/**
 * Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2,
 * arXiv:2302.06675): every entry moves by η, up or down.
 *
 * <pre>
 *   c = β₁ m + (1 − β₁) g
 *   p ← p − η (sign(c) + λ p)
 *   m ← β₂ m + (1 − β₂) g
 * </pre>
 */
record Lion(double beta1, double beta2) implements UpdateRule {
  @Override
  public Map<String, Tensor> state(Tensor p) {
    return Map.of("m", Tensor.zeros(p.dtype(), p.device(), p.shape()));
  }

  @Override
  public void step(Tensor p, Tensor g, double lr, double decay, Map<String, Tensor> state) {
    Tensor m = state.get("m");
    Tensor direction = m.mul(beta1).add(g, 1 - beta1).sign();
    p.mul_(1 - lr * decay).add_(direction, -lr);
    m.mul_(beta2).add_(g, 1 - beta2);
  }
}
