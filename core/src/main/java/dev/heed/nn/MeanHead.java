package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** One of L classes for a whole sequence: a projection, the mean over time, a linear map. */
public final class MeanHead extends Head {
  private final Linear projection;
  private final Linear out;

  public MeanHead(int size, int projected, int labels) {
    this.projection = child("projection", new Linear(size, projected, true));
    this.out = child("out", new Linear(projected, labels, true));
  }

  /** (B, T, D) → (B, L). */
  @Override
  public Tensor forward(Tensor hidden) {
    return forward(hidden, Optional.empty());
  }

  /**
   * (B, T, D) → (B, L).
   *
   * @param real BOOL (B, T), which places are no padding; empty if all are
   */
  public Tensor forward(Tensor hidden, Optional<Tensor> real) {
    Tensor x = projection.forward(hidden); // (B, T, P)
    if (real.isEmpty()) return out.forward(x.mean(1));
    Tensor sum = x.maskedFill(real.get().logicalNot().unsqueeze(2), 0).sum(1); // (B, P)
    return out.forward(sum.div(real.get().to(x.dtype()).sum(1).unsqueeze(1)));
  }
}
