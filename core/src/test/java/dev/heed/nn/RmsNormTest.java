package dev.heed.nn;

import dev.heed.Parity;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RmsNormTest {
  static Stream<Parity> published() {
    return Parity.of("oracle/block_norms", name -> name.startsWith("rms_norm"));
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    RmsNorm norm =
        parity.load(
            new RmsNorm(x.size(-1), parity.constant("eps").item()), Map.of("weight", List.of("g")));
    parity.out("out", norm.forward(x)).check();
  }
}
