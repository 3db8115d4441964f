package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;

import dev.heed.attention.Disentangled.Places;
import dev.heed.attention.Disentangled.Terms;
import dev.heed.data.Mask;
import dev.heed.position.LogBuckets;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Against {@link Disentangled} with the buckets of the model DeBERTa, which fixtures hold. */
final class DisentangledSelfTest {
  private static final int K = 4;

  @Test
  @SuppressWarnings("try") // NoGrad is there to be closed
  void equalsTheModels() {
    Randomness.seed(1);
    Mixer mixer = new DisentangledSelf.Options(K).self(new Place(8, 2, 16, 0, false));
    Disentangled model = new Disentangled(8, 2, new Terms(true, true, false), true, 0, 0);
    Map<String, Tensor> weights = mixer.parameters();
    try (NoGrad off = NoGrad.on()) {
      weights.get("vectors").normal_(0, 1);
      model.parameters().forEach((name, weight) -> weight.copy_(weights.get("attention." + name)));
    }
    Tensor x = Tensor.empty(Dtype.FLOAT32, Device.CPU, 2, 11, 8).normal_(0, 1);
    Places places = new Places(weights.get("vectors"), LogBuckets.of(11, 0, K, x.device()));
    assertClose(
        "output",
        model.forward(x, Optional.of(places), Mask.NONE),
        mixer.forward(x, Pass.both(x, Mask.NONE)),
        1e-6,
        0);
  }
}
