package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class AdditiveTest {
  static Stream<Parity> published() {
    return Parity.of("oracle/attention_additive");
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Parity parity) {
    int size = (int) parity.constant("va").size(0);
    Additive kernel =
        parity.load(new Additive(1, size), Map.of("v", List.of("va"), "b", List.of("b")));
    Mask mask = parity.has("key_mask") ? Mask.padding(parity.constant("key_mask")) : Mask.NONE;
    Tensor q = projected(parity, "q", "Wq");
    Tensor k = projected(parity, "k", "Wk");
    parity
        .out("scores", kernel.scores(q, k).squeeze(1))
        .out("weights", kernel.weights(q, k, mask).squeeze(1))
        .out("out", kernel.attend(q, k, parity.in("values").unsqueeze(1), mask).squeeze(1))
        .check();
  }

  /** (B, N, D) → (B, 1, N, A): one head. */
  private static Tensor projected(Parity parity, String input, String weight) {
    return parity.in(input).linear(parity.in(weight), Optional.empty()).unsqueeze(1);
  }
}
