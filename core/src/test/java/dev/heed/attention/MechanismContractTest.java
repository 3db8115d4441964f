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

  static List<String> all() {
    return Mechanisms.names();
  }

  static Stream<String> causal() {
    return all().stream().filter(name -> traits(name).causal());
  }

  static Stream<String> exact() {
    return all().stream().filter(name -> traits(name).exact());
  }

  private static Traits traits(String name) {
    return Mechanisms.of(Kind.of(name)).traits();
  }

  private static Mixer mixer(String name, boolean causal) {
    Randomness.seed(11);
    Mixer mixer = Mechanisms.self(Kind.of(name), new Place(D, H, POSITIONS, 0, causal));
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
  void shapesAndPadding(String name) {
    for (boolean causal : orders(name)) {
      Mixer mixer = mixer(name, causal);
      Tensor x = normal(B, T, D);
      Tensor before = mixer.forward(x, pass(x, padding(), causal)); // (B, T, D)
      assertArrayEquals(new long[] {B, T, D}, before.shape());
      assertTrue(Double.isFinite(before.norm().item()), "a number everywhere");
      x.select(0, 1).narrow(0, 50, T - 50).fill_(7);
      Tensor after = mixer.forward(x, pass(x, padding(), causal));
      if (!name.equals("fnet")) // which has no mask: padding is mixed in like any token
        assertClose("real tokens", real(before), real(after), 1e-9, 1e-12);
    }
  }

  private static Tensor real(Tensor y) {
    return Tensor.cat(0, List.of(y.select(0, 0), y.select(0, 1).narrow(0, 0, 50)));
  }

  private static List<Boolean> orders(String name) {
    return traits(name).causal() ? List.of(false, true) : List.of(false);
  }

  @ParameterizedTest
  @MethodSource("causal")
  void causalNeverLooksAhead(String name) {
    Mixer mixer = mixer(name, true);
    Tensor x = normal(B, T, D);
    Tensor before = mixer.forward(x, Pass.whole(x, Mask.NONE));
    for (int from : new int[] {T - 1, 64, 33, 32, 31, 1}) {
      x.narrow(1, from, T - from).normal_(3, 1);
      Tensor after = mixer.forward(x, Pass.whole(x, Mask.NONE));
      assertClose("before " + from, before.narrow(1, 0, from), after.narrow(1, 0, from), 1e-9, 1e-12);
    }
  }

  /** A prompt, then steps of two hypotheses, of which the second's child goes on with the first. */
  @ParameterizedTest
  @MethodSource("causal")
  void stepsEqualTheWhole(String name) {
    Mixer mixer = mixer(name, true);
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
            "step " + t,
            expected.narrow(1, t, 1),
            step.narrow(1, 1 - other, 1),
            1e-8,
            1e-10);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("exact")
  void exactOnesEqualDotProducts(String name) {
    for (boolean causal : List.of(false, true)) {
      Mixer mixer = mixer(name, causal);
      Mixer dense = mixer("scaled_dot_product", causal);
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
  void gradientsEqualFiniteDifferences(String name) {
    for (boolean causal : orders(name)) {
      Mixer mixer = mixer(name, causal);
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
        assertEquals(around, slope, 1e-5 * Math.max(1, Math.abs(around)), name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void impossiblePlacesAreRefused(String name) {
    Traits traits = traits(name);
    Place decoder = new Place(D, H, POSITIONS, 0, true);
    if (!traits.causal())
      assertTrue(
          assertThrows(UserError.class, () -> Mechanisms.self(Kind.of(name), decoder))
              .getMessage()
              .startsWith("attention " + name + " can't keep tokens from those after them"));
    if (!traits.cross())
      assertTrue(
          assertThrows(UserError.class, () -> Mechanisms.cross(Kind.of(name), decoder, D))
              .getMessage()
              .startsWith("attention " + name + " can't read another sequence"));
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    var error = assertThrows(UserError.class, () -> Mechanisms.of(Kind.of("perfomer")));
    assertEquals("unknown attention perfomer; did you mean performer?", error.getMessage());
  }
}
