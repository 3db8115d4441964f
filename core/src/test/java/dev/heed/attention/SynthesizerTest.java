package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;

import dev.heed.Parity;
import dev.heed.attention.Synthesizer.Way;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SynthesizerTest {
  private static final Map<Way, Map<String, List<String>>> WEIGHTS =
      Map.of(
          Way.DENSE,
          Map.of(
              "hidden.weight", List.of("W1"),
              "hidden.bias", List.of("b1"),
              "w", List.of("W2"),
              "b", List.of("b2")),
          Way.RANDOM,
          Map.of("r", List.of("R")),
          Way.FACTORISED_RANDOM,
          Map.of("r1", List.of("R1"), "r2", List.of("R2")),
          Way.FACTORISED_DENSE,
          Map.of(
              "near.weight", List.of("WA"),
              "near.bias", List.of("bA"),
              "far.weight", List.of("WB"),
              "far.bias", List.of("bB")));

  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_synthesizer");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    Way way =
        parity.has("W2")
            ? Way.DENSE
            : parity.has("R")
                ? Way.RANDOM
                : parity.has("R1") ? Way.FACTORISED_RANDOM : Way.FACTORISED_DENSE;
    int factor = parity.has("WA") ? (int) parity.constant("WA").size(0) : 1;
    int rank = parity.has("R1") ? (int) parity.constant("R1").size(1) : 1;
    Place place = new Place((int) x.size(2), 1, positions(parity, way), 0, true);
    Synthesizer mixer = new Synthesizer(new Synthesizer.Options(List.of(way), factor, rank), place);
    parity.load(mixer.values(), Map.of("weight", List.of("Wv")));
    parity.load(mixer.synthesized().get(0), WEIGHTS.get(way));
    Pass pass =
        parity.name().endsWith("causal") ? Pass.whole(x, Mask.NONE) : Pass.both(x, Mask.NONE);
    parity.out("out", mixer.attended(x, pass).squeeze(1)).check();
  }

  private static int positions(Parity parity, Way way) {
    return (int)
        switch (way) {
          case DENSE -> parity.constant("W2").size(0);
          case RANDOM -> parity.constant("R").size(0);
          case FACTORISED_RANDOM -> parity.constant("R1").size(0);
          default -> parity.constant("WA").size(0) * parity.constant("WB").size(0);
        };
  }

  /** A share near 1 leaves one of the ways alone. */
  @Test
  @SuppressWarnings("try") // NoGrad is there to be closed
  void sharesMix() {
    Randomness.seed(1);
    Place place = new Place(8, 2, 16, 0, false);
    Synthesizer mixed =
        new Synthesizer(
            new Synthesizer.Options(List.of(Way.RANDOM, Way.DENSE, Way.DOT), 4, 4), place);
    Retype.to(Dtype.FLOAT64, mixed.weights());
    Synthesizer dense = new Synthesizer(new Synthesizer.Options(List.of(Way.DENSE), 4, 4), place);
    Retype.to(Dtype.FLOAT64, dense.weights());
    try (NoGrad off = NoGrad.on()) {
      mixed.parameters().get("shares").narrow(0, 1, 1).fill_(60);
      Map<String, Tensor> from = mixed.parameters();
      dense
          .parameters()
          .forEach((name, weight) -> weight.copy_(from.get(name.replace("ways.0", "ways.1"))));
    }
    Tensor x = Tensor.empty(Dtype.FLOAT64, Device.CPU, 2, 9, 8).normal_(0, 1);
    Pass pass = Pass.both(x, Mask.NONE);
    assertClose("output", dense.forward(x, pass), mixed.forward(x, pass), 1e-12, 0);
  }
}
