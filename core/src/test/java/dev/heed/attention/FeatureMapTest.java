package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention by features against the reference. */
final class FeatureMapTest {
  static Stream<Parity> linear() {
    return Parity.of("oracle/efficient_linear_attention");
  }

  @ParameterizedTest
  @MethodSource("linear")
  void linearEqualsTheReference(Parity parity) {
    parity.out("out", attend(new LinearAttention(), parity)).check();
  }

  static Stream<Parity> performer() {
    return Parity.of("oracle/efficient_performer");
  }

  @ParameterizedTest
  @MethodSource("performer")
  @SuppressWarnings("try") // NoGrad is there to be closed
  void performerEqualsTheReference(Parity parity) {
    Tensor w = parity.constant("W");
    Performer kernel = new Performer(new Performer.Options((int) w.size(0), 0), (int) w.size(1));
    Retype.to(parity.dtype(), kernel.buffers().values());
    try (NoGrad off = NoGrad.on()) {
      kernel.buffers().get("w").copy_(w);
    }
    double scale = 1 / Math.sqrt(w.size(0));
    parity
        .out("phi_q", kernel.exponents(parity.in("q")).exp().mul(scale))
        .out("phi_k", kernel.exponents(parity.in("k")).exp().mul(scale))
        .out("out", attend(kernel, parity))
        .check();
  }

  private static Tensor attend(Kernel kernel, Parity parity) {
    Mask mask =
        parity.has("key_mask")
            ? Mask.padding(parity.constant("key_mask"))
            : parity.name().equals("causal") ? Mask.causal() : Mask.NONE;
    return kernel.attend(parity.in("q"), parity.in("k"), parity.in("v"), mask);
  }
}
