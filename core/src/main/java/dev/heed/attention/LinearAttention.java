package dev.heed.attention;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** {@link FeatureMap} with φ(x) = elu(x) + 1 (Katharopoulos et al. 2020, eq. 7). */
public final class LinearAttention extends FeatureMap {
  /** Its options: none. */
  public record Options() implements Mechanism.OfKernel {
    @Override
    public Traits traits() {
      return new Traits(true, true, false, true, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      return new LinearAttention();
    }
  }

  @Override
  Tensor queries(Tensor q) {
    return features(q);
  }

  @Override
  Tensor keys(Tensor k, Optional<Tensor> real, boolean alike) {
    return features(k);
  }

  /** x + 1 above 0, exp(x) below. */
  private static Tensor features(Tensor x) {
    return x.relu().add(x.clamp(Double.NEGATIVE_INFINITY, 0).exp());
  }
}
