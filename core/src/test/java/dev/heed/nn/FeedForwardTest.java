package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.heed.OracleCases;
import dev.heed.Parity;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FeedForwardTest {
  private static final String FIXTURE = "oracle/block_activations_ffn";

  private static final Map<String, Activation> ACTIVATIONS =
      Map.of(
          "relu", Activation.RELU,
          "gelu_exact", Activation.GELU,
          "gelu_tanh", Activation.GELU_NEW,
          "silu", Activation.SILU);

  /** Shazeer's gated layers, which stand in the same file: the activation of each. */
  private static final Map<String, Activation> GATES =
      Map.of(
          "gated_glu", Activation.SIGMOID,
          "gated_bilinear", Activation.LINEAR,
          "gated_reglu", Activation.RELU,
          "gated_geglu", Activation.GELU,
          "gated_swiglu", Activation.SILU);

  static Stream<Parity> activations() {
    return Parity.of(FIXTURE, name -> name.startsWith("act_"));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void activationsEqualTheReference(Parity parity) {
    parity.out("out", activation(parity.name()).forward(parity.in("x"))).check();
  }

  static Stream<Parity> layers() {
    return Parity.of(FIXTURE, name -> name.startsWith("ffn_"));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void layersEqualTheReference(Parity parity) {
    Tensor x = parity.in("x");
    long width = parity.constant("b1").size(0);
    FeedForward ffn =
        parity.load(
            new FeedForward(x.size(-1), width, activation(parity.name()), 0),
            Map.of(
                "in.weight", List.of("W1"),
                "in.bias", List.of("b1"),
                "out.weight", List.of("W2"),
                "out.bias", List.of("b2")));
    parity.out("out", ffn.forward(x)).check();
  }

  static Stream<Parity> gated() {
    return Parity.of(FIXTURE, name -> name.startsWith("gated_"));
  }

  @ParameterizedTest
  @MethodSource("gated")
  void gatedLayersEqualTheReference(Parity parity) {
    Tensor x = parity.in("x");
    long width = parity.constant("W").size(0);
    Activation activation = GATES.get(parity.name());
    assertFalse(activation == null, "no activation for " + parity.name());
    GatedFeedForward ffn =
        parity.load(
            new GatedFeedForward(x.size(-1), width, activation, false, 0),
            Map.of("in.weight", List.of("W", "V"), "out.weight", List.of("W2")));
    parity.out("out", ffn.forward(x)).check();
  }

  private static Activation activation(String fixture) {
    String name = fixture.substring(fixture.indexOf('_') + 1);
    Activation activation = ACTIVATIONS.get(name);
    assertFalse(activation == null, "no activation for " + fixture);
    return activation;
  }

  @Test
  void everyCaseIsCompared() {
    Set<String> left =
        OracleCases.of(FIXTURE).stream()
            .map(OracleCases.Case::name)
            .filter(name -> !name.matches("(act|ffn|gated)_.*"))
            .collect(Collectors.toSet());
    assertEquals(Set.of(), left);
  }
}
