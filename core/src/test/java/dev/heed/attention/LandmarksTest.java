package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LandmarksTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_nystromformer");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor q = parity.in("q");
    Tensor k = parity.in("k");
    Landmarks kernel = new Landmarks(parity.setting("landmarks"));
    Tensor a = kernel.kernel(q, k, Mask.NONE);
    parity
        .out("kernel", a)
        .out("pinv", Nystrom.inverse(a, Nystrom.ownNorm(a)))
        .out("out", kernel.attend(q, k, parity.in("v"), Mask.NONE))
        .check();
  }

  /** Five tokens make five landmarks of twelve, each of one token. */
  @Test
  void aTextOfFewTokensHasFewerLandmarks() {
    Randomness.seed(1);
    Tensor q = Tensor.empty(Dtype.FLOAT64, Device.CPU, 2, 2, 5, 4).normal_(0, 1);
    Tensor k = Tensor.empty(Dtype.FLOAT64, Device.CPU, 2, 2, 5, 4).normal_(0, 1);
    Tensor v = Tensor.empty(Dtype.FLOAT64, Device.CPU, 2, 2, 5, 4).normal_(0, 1);
    assertClose(
        "output",
        new Landmarks(5).attend(q, k, v, Mask.NONE),
        new Landmarks(12).attend(q, k, v, Mask.NONE),
        1e-12,
        0);
  }
}
