package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class FlashTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/attention_sdpa", name -> !name.contains("no_allowed"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tilesEqualTheReference(Parity parity) {
    Flash kernel = new Flash(2);
    Mask mask =
        parity.has("mask")
            ? Mask.of(parity.constant("mask"))
            : parity.name().startsWith("causal") ? Mask.causal() : Mask.NONE;
    if (parity.has("key_mask")) mask = mask.and(Mask.padding(parity.constant("key_mask")));
    Tensor q = parity.in("q");
    Tensor k = parity.in("k");
    parity
        .out("out", kernel.attend(q, k, parity.in("v"), mask))
        .out("weights", kernel.weights(q, k, mask))
        .check();
  }

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of(Named.of("no mask", Mask.NONE), 70, 70),
        Arguments.of(Named.of("no mask", Mask.NONE), 20, 75),
        Arguments.of(Named.of("causal", Mask.causal()), 70, 70),
        Arguments.of(Named.of("causal after a prefix", Mask.causal()), 20, 75),
        Arguments.of(Named.of("padding", Mask.padding(real(75))), 33, 75),
        Arguments.of(Named.of("both", Mask.causal().and(Mask.padding(real(75)))), 75, 75));
  }

  /** Row 0 lacks its first tokens, so that its first queries see nothing if order is kept. */
  private static Tensor real(int keys) {
    boolean[] real = new boolean[2 * keys];
    Arrays.fill(real, 5, 60, true);
    Arrays.fill(real, keys, 2 * keys - 7, true);
    return Tensor.of(real, 2, keys);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void gradientsEqualThoseOfDenseAttention(Mask mask, int queries, int keys) {
    Randomness.seed(5);
    List<Tensor> in =
        List.of(normal(2, 3, queries, 8), normal(2, 3, keys, 8), normal(2, 3, keys, 6));
    Tensor cotangent = normal(2, 3, queries, 6).requiresGrad(false);
    Tensor[] expected = gradients(new ScaledDotProduct(), in, mask, cotangent);
    Tensor[] actual = gradients(new Flash(16), in, mask, cotangent);
    for (int i = 0; i < expected.length; i++)
      assertClose("number " + i, expected[i], actual[i], 1e-10, 1e-12);
  }

  @Test
  void severalBlocksEqualTheExplicitSoftmax() {
    Randomness.seed(6);
    List<Tensor> in = Stream.of(0, 1, 2).map(i -> single(1, 2, 1100, 16)).toList();
    for (Mask mask : List.of(Mask.NONE, Mask.causal())) {
      try (Scope scope = Scope.open();
          NoGrad off = NoGrad.on()) {
        Tensor dense = new ScaledDotProduct().weights(in.get(0), in.get(1), mask).matmul(in.get(2));
        Tensor tiles = new Flash(512).attend(in.get(0), in.get(1), in.get(2), mask);
        assertTrue(tiles.sub(dense).abs().max().item() < 1e-5);
      }
    }
  }

  private static Tensor single(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1).requiresGrad(true);
  }

  /**
   * The output and the gradients of q, k, v; what the graph needs outlives the scope it was made
   * in.
   */
  private static Tensor[] gradients(Kernel kernel, List<Tensor> in, Mask mask, Tensor cotangent) {
    in.forEach(Tensor::clearGrad);
    try (Scope step = Scope.open()) {
      Tensor out;
      try (Scope inner = Scope.open()) {
        Tensor q = in.get(0).mul(2); // no leaf, as in a model
        out = inner.keep(kernel.attend(q, in.get(1), in.get(2), mask));
      }
      out.mul(cotangent).sum().backward();
      Tensor[] all = new Tensor[4];
      all[0] = step.keep(out.detach());
      for (int i = 0; i < 3; i++) all[i + 1] = step.keep(in.get(i).grad().orElseThrow().copy());
      return all;
    }
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT64, Device.CPU, shape).normal_(0, 1).requiresGrad(true);
  }
}
