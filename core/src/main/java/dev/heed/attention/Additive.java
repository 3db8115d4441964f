package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.tensor.Tensor;

/**
 * score(q, k) = vₐ · tanh(W_q q + W_k k + b) (Bahdanau et al. 2015, appendix A.1.2), a drop-in for
 * {@link ScaledDotProduct}: the projections W_q q and W_k k are multi-head attention's own, and vₐ
 * and b are each head's. Scores are not scaled. It holds B·H·T·S·Dh numbers at once.
 */
public final class Additive extends Kernel {
  /** Its options: none. */
  public record Options() implements Mechanism.OfKernel {
    @Override
    public Traits traits() {
      return new Traits(true, true, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Kernel kernel(Place place) {
      return new Additive(place.heads(), place.headSize());
    }
  }

  private final Tensor v; // (H, Dh)
  private final Tensor b; // (H, Dh)

  public Additive(int heads, int headSize) {
    this.v = parameter("v", Init.xavier(heads, headSize));
    this.b = parameter("b", Init.zeros(heads, headSize));
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor values, Mask mask) {
    return weights(q, k, mask).matmul(values); // (B, H, T, Dv)
  }

  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return Scores.weights(scores(q, k), mask); // (B, H, T, S)
  }

  /** The scores before the mask, (B, H, T, S). */
  Tensor scores(Tensor q, Tensor k) {
    long heads = q.size(1);
    long size = q.size(3);
    Tensor shifted = q.add(b.view(1, heads, 1, size)); // (B, H, T, Dh)
    return scores(shifted, k, v);
  }

  /** v · tanh(q + k) of every pair, v (H, Dh), (B, H, T, S). */
  static Tensor scores(Tensor q, Tensor k, Tensor v) {
    Scores.fit(q, k, 2 * q.size(3)); // sums and their tanh
    Tensor sums = q.unsqueeze(3).add(k.unsqueeze(2)); // (B, H, T, S, Dh)
    Tensor column = v.view(1, v.size(0), 1, v.size(1), 1); // (1, H, 1, Dh, 1)
    return sums.tanh().matmul(column).squeeze(-1);
  }
}
