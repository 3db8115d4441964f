package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.attention.Linformer.Sharing;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LinformerTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_linformer");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor e = parity.constant("E");
    boolean shared = !parity.has("F");
    Sharing sharing = e.dims() == 3 ? Sharing.NONE : shared ? Sharing.KEY_VALUE : Sharing.HEADWISE;
    Tensor q = parity.in("q");
    Linformer kernel =
        parity.load(
            new Linformer(
                new Linformer.Options((int) e.size(-2), sharing),
                (int) q.size(1),
                (int) e.size(-1)),
            shared ? Map.of("e", List.of("E")) : Map.of("e", List.of("E"), "f", List.of("F")));
    parity
        .out("out", kernel.attend(q, parity.in("k"), parity.in("v"), Mask.NONE))
        .out("weights", kernel.weights(q, parity.in("k"), Mask.NONE))
        .check();
  }
}
