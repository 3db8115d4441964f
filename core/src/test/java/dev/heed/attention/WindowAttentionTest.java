package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link WindowAttention} against the reference: windows, shift, mask and relative places. */
final class WindowAttentionTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_swin");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    long[] settings = parity.constant("settings").toLongs(); // h, w, M, s, H
    int height = (int) settings[0];
    int width = (int) settings[1];
    int window = (int) settings[2];
    int shift = (int) settings[3];
    int heads = (int) settings[4];
    WindowAttention attention =
        parity.load(
            new WindowAttention((int) x.size(3), heads, window, true, 0),
            Map.of(
                "table", List.of("table"),
                "qkv.weight", List.of("Wq", "Wk", "Wv"),
                "qkv.bias", List.of("bq", "bk", "bv"),
                "heads.out.weight", List.of("Wo"),
                "heads.out.bias", List.of("bo")));
    long area = (long) window * window;
    parity
        .out("mask", attention.allowed(height, width, shift).to(parity.dtype()))
        .out("index", WindowAttention.index(window).view(area, area).to(parity.dtype()))
        .out("out", attention.forward(x, shift))
        .check();
  }
}
