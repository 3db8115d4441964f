package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.attention.SpatialReduction.Summaries;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link SpatialReduction} against the reference. */
final class SpatialReductionTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_pvt_sra");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    long[] settings = parity.constant("settings").toLongs(); // h, w, R, H
    int d = (int) x.size(2);
    Optional<Summaries> summaries = Summaries.blocks(d, (int) settings[2], 1e-5);
    SpatialReduction attention =
        parity.load(
            new SpatialReduction(d, (int) settings[3], summaries, true, 0),
            Map.of(
                "q.weight", List.of("Wq"),
                "q.bias", List.of("bq"),
                "kv.weight", List.of("Wk", "Wv"),
                "kv.bias", List.of("bk", "bv"),
                "heads.out.weight", List.of("Wo"),
                "heads.out.bias", List.of("bo"),
                "summaries.convolution.weight", List.of("Wsr"),
                "summaries.convolution.bias", List.of("bsr"),
                "summaries.norm.weight", List.of("g"),
                "summaries.norm.bias", List.of("b")));
    parity
        .out("reduced", summaries.orElseThrow().forward(x, settings[0], settings[1]))
        .out("out", attention.forward(x, settings[0], settings[1]))
        .check();
  }
}
