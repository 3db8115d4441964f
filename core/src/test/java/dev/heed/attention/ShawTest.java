package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ShawTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/position_shaw_relative");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor q = parity.in("q");
    Tensor k = parity.in("k");
    Shaw kernel =
        parity.load(
            new Shaw(parity.setting("clip"), (int) q.size(3)),
            Map.of("keys", List.of("aK"), "values", List.of("aV")));
    Mask mask = parity.name().contains("causal") ? Mask.causal() : Mask.NONE;
    parity
        .out("out", kernel.attend(q, k, parity.in("v"), mask))
        .out("weights", kernel.weights(q, k, mask))
        .out("rel_index", kernel.relative(q, k).squeeze(0).to(parity.dtype()))
        .check();
  }
}
