package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every registered mechanism must hold as self-attention, in float64: shapes, padding, order,
 * decoding step by step, gradients, and what its traits promise. Lengths are none that its windows,
 * blocks or landmarks divide.
 */
@SuppressWarnings("try") // NoGrad is there to be closed
@ExtendWith(OneThread.class)
final class MechanismContractTest {
  private static final int B = 2;
  private static final int T = 83;
  private static final int D = 8;
  private static final int H = 2;
  private static final int POSITIONS = 96;

  static List<Kind> all() {
    return Stands.all();
  }

  static Stream<Kind> causal() {
    return all().stream().filter(kind -> traits(kind).causal());
  }

  /** Those of the same sizes. */
  static Stream<Kind> exact() {
    return all().stream()
        .filter(kind -> traits(kind).exact() && !kind.options().containsKey("keySize"));
  }

  /** All but the one that has no mask: padding is mixed in like any token. */
  static Stream<Kind> masked() {
    return all().stream().filter(kind -> !kind.kind().equals("fnet"));
  }

  private static Traits traits(Kind kind) {
    return Mechanisms.of(kind).traits();
  }

  private static Mixer mixer(Kind kind, boolean causal) {
    Randomness.seed(11);
    Mixer mixer = Mechanisms.self(kind, new Place(D, H, POSITIONS, 0, causal));
    Retype.to(Dtype.FLOAT64, mixer.weights());
    Retype.to(Dtype.FLOAT64, mixer.buffers().values());
    mixer.training(false);
    return mixer;
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT64, Device.CPU, shape).normal_(0, 1);
  }

  /** The second text ends before the first. */
  private static Mask padding() {
    boolean[] real = new boolean[B * T];
    for (int i = 0; i < real.length; i++) real[i] = i < T + 50;
    return Mask.padding(Tensor.of(real, B, T));
  }

  private static Pass pass(Tensor x, Mask real, boolean causal) {
    return causal ? Pass.whole(x, real) : Pass.both(x, real);
  }

  @ParameterizedTest
  @MethodSource("all")
  void shapesAndPadding(Kind kind) {
    for (boolean causal : orders(kind)) {
      Mixer mixer = mixer(kind, causal);
      Tensor x = normal(B, T, D);
      Tensor before = mixer.forward(x, pass(x, padding(), causal)); // (B, T, D)
      assertArrayEquals(new long[] {B, T, D}, before.shape());
      assertTrue(Double.isFinite(before.norm().item()), "a number everywhere");
      x.select(0, 1).narrow(0, 50, T - 50).fill_(7);
      Tensor after = mixer.forward(x, pass(x, padding(), causal));
      if (masked().anyMatch(kind::equals))
        assertClose("real tokens", real(before), real(after), 1e-9, 1e-12);
    }
  }

  /** Whatever it is padded to for the sake of others. */
  @ParameterizedTest
  @MethodSource("masked")
  void aTextAloneIsAsAmongLongerOnes(Kind kind) {
    for (boolean causal : orders(kind)) {
      Mixer mixer = mixer(kind, causal);
      Tensor x = normal(B, T, D);
      Tensor among = mixer.forward(x, pass(x, padding(), causal)).narrow(0, 1, 1).narrow(1, 0, 50);
      Tensor alone = x.narrow(0, 1, 1).narrow(1, 0, 50);
      assertClose(
          "alone", among, mixer.forward(alone, pass(alone, Mask.NONE, causal)), 1e-9, 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void evaluationRepeatsItself(Kind kind) {
    Mixer mixer = mixer(kind, false);
    Tensor x = normal(B, T, D);
    Tensor once = mixer.forward(x, Pass.both(x, Mask.NONE));
    assertClose("again", once, mixer.forward(x, Pass.both(x, Mask.NONE)), 0, 0);
  }

  private static Tensor real(Tensor y) {
    return Tensor.cat(0, List.of(y.select(0, 0), y.select(0, 1).narrow(0, 0, 50)));
  }

  private static List<Boolean> orders(Kind kind) {
    return traits(kind).causal() ? List.of(false, true) : List.of(false);
  }

  @ParameterizedTest
  @MethodSource("causal")
  void causalNeverLooksAhead(Kind kind) {
    Mixer mixer = mixer(kind, true);
    Tensor x = normal(B, T, D);
    Tensor before = mixer.forward(x, Pass.whole(x, Mask.NONE));
    for (int from : new int[] {T - 1, 64, 33, 32, 31, 1}) {
      x.narrow(1, from, T - from).normal_(3, 1);
      Tensor after = mixer.forward(x, Pass.whole(x, Mask.NONE));
      assertClose(
          "before " + from, before.narrow(1, 0, from), after.narrow(1, 0, from), 1e-9, 1e-12);
    }
  }

  /** A prompt, then steps of two hypotheses, of which the second's child goes on with the first. */
  @ParameterizedTest
  @MethodSource("causal")
  void stepsEqualTheWhole(Kind kind) {
    Mixer mixer = mixer(kind, true);
    int prompt = 40;
    Tensor x = normal(B, T, D);
    try (NoGrad off = NoGrad.on();
        BeamPass pass = new BeamPass(new int[B], prompt, 2, T - prompt, Device.CPU)) {
      Tensor expected = mixer.forward(x, Pass.whole(x, Mask.NONE));
      Tensor first = mixer.forward(x.narrow(1, 0, prompt), pass);
      assertClose("prompt", expected.narrow(1, 0, prompt), first, 1e-9, 1e-12);
      for (int t = prompt; t < T; t++) {
        int other = t % 2; // the hypothesis that goes astray, and is left
        pass.advance(new int[] {other, other, other, other}); // where the other stood before
        Tensor token = x.narrow(1, t, 1); // (B, 1, D)
        Tensor astray = normal(B, 1, D);
        Tensor step =
            mixer.forward(
                Tensor.cat(1, other == 0 ? List.of(astray, token) : List.of(token, astray)), pass);
        assertClose(
            "step " + t, expected.narrow(1, t, 1), step.narrow(1, 1 - other, 1), 1e-8, 1e-10);
      }
    }
  }

  /** Tokens that are proposed several at a time, and taken back. */
  @ParameterizedTest
  @MethodSource("causal")
  void passesOfSeveralTokensEqualTheWhole(Kind kind) {
    Mixer mixer = mixer(kind, true);
    Tensor x = normal(1, T, D);
    try (NoGrad off = NoGrad.on();
        ChainPass pass = new ChainPass(Device.CPU)) {
      Tensor expected = mixer.forward(x, Pass.whole(x, Mask.NONE));
      pass.advance(40);
      if (carries(kind)) {
        assertThrows(UserError.class, () -> mixer.forward(x.narrow(1, 0, 40), pass));
        return;
      }
      mixer.forward(x.narrow(1, 0, 40), pass);
      pass.advance(7);
      mixer.forward(Tensor.cat(1, List.of(x.narrow(1, 40, 2), normal(1, 5, D))), pass);
      pass.truncate(42);
      pass.advance(7);
      Tensor seven = mixer.forward(x.narrow(1, 42, 7), pass);
      assertClose("seven", expected.narrow(1, 42, 7), seven, 1e-8, 1e-10);
      pass.advance(1);
      Tensor one = mixer.forward(x.narrow(1, 49, 1), pass);
      assertClose("one", expected.narrow(1, 49, 1), one, 1e-8, 1e-10);
    }
  }

  /** Whether it decodes by a state of constant size, which can't be taken back. */
  private static boolean carries(Kind kind) {
    return Mechanisms.of(kind) instanceof Mechanism.OfKernel of
        && of.kernel(new Place(D, H, POSITIONS, 0, true)) instanceof FeatureMap;
  }

  /** Those that are exact, and others with options that leave nothing out. */
  static Stream<Kind> dense() {
    return Stream.concat(
        exact(),
        Stream.of(
            new Kind("grouped_query", Map.of("groups", H)),
            new Kind("local", Map.of("width", POSITIONS)),
            new Kind("local", Map.of("width", POSITIONS, "shape", "block")),
            new Kind("sparse_transformer", Map.of("stride", POSITIONS)),
            new Kind("longformer", Map.of("window", POSITIONS)),
            new Kind("bigbird", Map.of("block", 8, "window", 25, "random", 2)),
            new Kind("bigbird", Map.of("block", 8, "window", 1, "globals", 12)),
            new Kind("bigbird", Map.of("block", POSITIONS))));
  }

  @ParameterizedTest
  @MethodSource("dense")
  void denseOnesEqualDotProducts(Kind kind) {
    for (boolean causal : List.of(false, true)) {
      Mixer mixer = mixer(kind, causal);
      Mixer dense = mixer(Kind.of("scaled_dot_product"), causal);
      Tensor x = normal(B, T, D);
      assertClose(
          "output",
          dense.forward(x, pass(x, padding(), causal)),
          mixer.forward(x, pass(x, padding(), causal)),
          1e-10,
          1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void gradientsEqualFiniteDifferences(Kind kind) {
    for (boolean causal : orders(kind)) {
      Mixer mixer = mixer(kind, causal);
      Tensor x = normal(B, T, D).requiresGrad(true);
      Tensor cotangent = normal(B, T, D);
      Supplier<Tensor> loss =
          () -> mixer.forward(x, pass(x, padding(), causal)).mul(cotangent).sum();
      List<Tensor> leaves = new ArrayList<>(mixer.weights());
      leaves.add(x);
      loss.get().backward();
      for (Tensor leaf : leaves) {
        // One direction for each tensor: the gradient's part along it is the loss's slope.
        Tensor direction = normal(leaf.shape());
        double slope = leaf.grad().orElseThrow().mul(direction).sum().item();
        double step = 1e-6;
        double around;
        try (NoGrad off = NoGrad.on()) {
          leaf.add_(direction, step);
          double above = loss.get().item();
          leaf.add_(direction, -2 * step);
          around = (above - loss.get().item()) / (2 * step);
          leaf.add_(direction, step);
        }
        assertEquals(around, slope, 1e-5 * Math.max(1, Math.abs(around)), kind.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void impossiblePlacesAreRefused(Kind kind) {
    Traits traits = traits(kind);
    Place decoder = new Place(D, H, POSITIONS, 0, true);
    if (!traits.causal())
      assertTrue(
          assertThrows(UserError.class, () -> Mechanisms.self(kind, decoder))
              .getMessage()
              .startsWith("attention " + kind.kind() + " can't keep tokens from those after them"));
    if (!traits.cross())
      assertTrue(
          assertThrows(UserError.class, () -> Mechanisms.cross(kind, decoder, D))
              .getMessage()
              .startsWith("attention " + kind.kind() + " can't read another sequence"));
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    var error = assertThrows(UserError.class, () -> Mechanisms.of(Kind.of("perfomer")));
    assertEquals("unknown attention perfomer; did you mean performer?", error.getMessage());
  }
}
