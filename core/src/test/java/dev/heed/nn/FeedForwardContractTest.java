package dev.heed.nn;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.Kind;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every registered feed-forward layer must hold, in an encoder and, if it may stand there, in
 * a decoder, in training, where capacities bind, and else: in float64.
 */
@SuppressWarnings("try") // NoGrad is there to be closed
@ExtendWith(OneThread.class)
final class FeedForwardContractTest {
  private static final int B = 2;
  private static final int N = 13;
  private static final int REAL = 7; // tokens of the second text
  private static final int D = 6;

  /** The layers (the second of a stack of two), whether in a decoder, and whether in training. */
  static Stream<Arguments> layers() {
    return Stream.of(true, false)
        .flatMap(
            training ->
                Stream.concat(
                    FeedForwardSamples.all().stream()
                        .map(kind -> Arguments.of(kind, false, training)),
                    FeedForwardSamples.causal().stream()
                        .map(kind -> Arguments.of(kind, true, training))));
  }

  static Stream<Arguments> decoders() {
    return layers().filter(arguments -> arguments.get()[1].equals(true));
  }

  private static FeedForwardLayer layer(Kind kind, boolean causal, boolean training) {
    Randomness.seed(11);
    var place = new FeedForwards.Place(D, 9, Activation.SILU, 0, causal);
    FeedForwardLayer layer = FeedForwards.stack(kind, place, 2).apply(1);
    Retype.to(Dtype.FLOAT64, layer.weights());
    layer.training(training);
    return layer;
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT64, Device.CPU, shape).normal_(0, 1);
  }

  private static Tensor ids(int rows, int length) {
    int[] ids = new int[rows * length];
    for (int i = 0; i < ids.length; i++) ids[i] = 3 + i * i % 17;
    return Tensor.of(ids, rows, length);
  }

  private static Tokens padded(Tensor ids) {
    boolean[] real = new boolean[B * N];
    for (int i = 0; i < real.length; i++) real[i] = i < N + REAL;
    return Tokens.of(ids, Optional.of(Tensor.of(real, B, N)));
  }

  private static Tensor real(Tensor y) {
    return Tensor.cat(0, List.of(y.select(0, 0), y.select(0, 1).narrow(0, 0, REAL)));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void shapesAndPadding(Kind kind, boolean causal, boolean training) {
    FeedForwardLayer layer = layer(kind, causal, training);
    Tensor x = normal(B, N, D);
    Tensor ids = ids(B, N);
    Tensor before = layer.forward(x, padded(ids)); // (B, N, D)
    assertArrayEquals(new long[] {B, N, D}, before.shape());
    assertTrue(Double.isFinite(before.norm().item()), "a number everywhere");
    x.select(0, 1).narrow(0, REAL, N - REAL).fill_(7);
    ids.select(0, 1).narrow(0, REAL, N - REAL).fill_(1);
    Tensor after = layer.forward(x, padded(ids));
    assertClose("real tokens", real(before), real(after), 1e-9, 1e-12);
  }

  /** Whatever it is padded to for the sake of others, and whatever these are. */
  @ParameterizedTest
  @MethodSource("layers")
  void aTextAloneIsAsAmongLongerOnes(Kind kind, boolean causal, boolean training) {
    FeedForwardLayer layer = layer(kind, causal, training);
    Tensor x = normal(B, N, D);
    Tensor ids = ids(B, N);
    Tensor among = layer.forward(x, padded(ids)).narrow(0, 1, 1).narrow(1, 0, REAL);
    Tensor text = ids.narrow(0, 1, 1).narrow(1, 0, REAL);
    Tensor alone =
        layer.forward(x.narrow(0, 1, 1).narrow(1, 0, REAL), Tokens.of(text, Optional.empty()));
    assertClose("alone", among, alone, 1e-9, 1e-12);
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void decodersDoNotLookAhead(Kind kind, boolean causal, boolean training) {
    FeedForwardLayer layer = layer(kind, causal, training);
    Tensor x = normal(B, N, D);
    Tokens tokens = Tokens.of(ids(B, N), Optional.empty());
    Tensor before = layer.forward(x, tokens);
    for (int from = N - 1; from > 0; from--) {
      x.narrow(1, from, N - from).normal_(3, 1);
      Tensor after = layer.forward(x, tokens);
      assertClose("before " + from, before.narrow(1, 0, from), after.narrow(1, 0, from), 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void gradientsEqualFiniteDifferences(Kind kind, boolean causal, boolean training) {
    FeedForwardLayer layer = layer(kind, causal, training);
    Tensor x = normal(B, N, D).requiresGrad(true);
    Tensor cotangent = normal(B, N, D);
    Tokens tokens = padded(ids(B, N));
    List<Tensor> costs = new ArrayList<>();
    layer.watch(
        shown -> {
          if (shown.name().equals("router_loss")) costs.add(shown.value());
        });
    Supplier<Tensor> loss =
        () -> {
          costs.clear();
          Tensor sum = layer.forward(x, tokens).mul(cotangent).sum();
          return costs.stream().reduce(sum, (all, cost) -> all.add(cost, 50));
        };
    loss.get().backward();
    List<Tensor> leaves = new ArrayList<>(layer.weights());
    leaves.add(x);
    for (Tensor leaf : leaves) {
      // One direction for each tensor: the gradient's part along it is the loss's slope.
      Tensor direction = normal(leaf.shape());
      double slope = leaf.grad().map(gradient -> gradient.mul(direction).sum().item()).orElse(0.0);
      double step = 1e-7;
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

  /**
   * A {@link FeedForward} that is made in pieces is the layer, and one of experts that all take
   * part as well.
   */
  @ParameterizedTest
  @MethodSource("limits")
  void theDenseLimit(Kind kind) {
    FeedForwardLayer layer = layer(kind, true, false);
    FeedForwardLayer dense = layer(Kind.of("dense"), true, false);
    List<Tensor> from = List.copyOf(dense.weights());
    List<Tensor> to =
        layer.parameters().entrySet().stream()
            .filter(entry -> !entry.getKey().startsWith("router"))
            .map(Map.Entry::getValue)
            .toList();
    try (NoGrad off = NoGrad.on()) {
      for (int i = 0; i < to.size(); i++) to.get(i).copy_(from.get(i % from.size()));
    }
    Tensor x = normal(B, N, D);
    Tokens tokens = padded(ids(B, N));
    assertClose(
        "output", real(dense.forward(x, tokens)), real(layer.forward(x, tokens)), 1e-12, 1e-12);
  }

  static List<Kind> limits() {
    return List.of(
        new Kind("dense", Map.of("chunks", 4)),
        new Kind("dense", Map.of("chunks", 40)),
        Kind.of("shared"),
        new Kind("experts", Map.of("experts", 1)),
        new Kind("experts", Map.of("experts", 3)),
        new Kind("experts", Map.of("experts", 3, "k", 3)),
        new Kind("experts", Map.of("experts", 3, "routing", "hash")));
  }
}
