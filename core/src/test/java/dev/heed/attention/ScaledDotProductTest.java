package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Parity;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ScaledDotProductTest {
  private final ScaledDotProduct kernel = new ScaledDotProduct();

  static Stream<Parity> published() {
    return Parity.of("oracle/attention_sdpa");
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Parity parity) {
    Mask mask = mask(parity);
    Tensor q = parity.in("q");
    Tensor k = parity.in("k");
    parity
        .out("out", kernel.attend(q, k, parity.in("v"), mask))
        .out("weights", kernel.weights(q, k, mask))
        .check();
  }

  private static Mask mask(Parity parity) {
    if (parity.has("mask")) return Mask.of(parity.constant("mask"));
    Mask causal = parity.name().startsWith("causal") ? Mask.causal() : Mask.NONE;
    return parity.has("key_mask") ? causal.and(Mask.padding(parity.constant("key_mask"))) : causal;
  }

  static Stream<Parity> example() {
    return Parity.of("oracle/attention_worked_example");
  }

  @ParameterizedTest
  @MethodSource("example")
  void equalsTheWorkedExample(Parity parity) {
    Tensor rows = parity.in("E").unsqueeze(0).unsqueeze(0); // (1, 1, N, D)
    Tensor raw = rows.matmul(rows.transpose(2, 3)); // (1, 1, N, N)
    double scale = 1 / Math.sqrt((double) rows.size(3));
    parity
        .out("raw", raw.squeeze(0).squeeze(0))
        .out("scaled", raw.mul(scale).squeeze(0).squeeze(0))
        .out("weights", kernel.weights(rows, rows, Mask.NONE).squeeze(0).squeeze(0))
        .out("output", kernel.attend(rows, rows, rows, Mask.NONE).squeeze(0).squeeze(0))
        .check();
  }

  static Stream<Arguments> longSequences() {
    return Stream.of(
        Arguments.of(Named.of("no mask", Mask.NONE), 512, 512),
        Arguments.of(Named.of("no mask", Mask.NONE), 300, 900),
        Arguments.of(Named.of("causal", Mask.causal()), 512, 512),
        Arguments.of(Named.of("causal after a prefix", Mask.causal()), 300, 900),
        Arguments.of(Named.of("padding", Mask.padding(firstOf(900))), 300, 900),
        Arguments.of(
            Named.of("causal, padding", Mask.causal().and(Mask.padding(firstOf(512)))), 512, 512));
  }

  /** BOOL (2, keys): all of one row, the first third of the other. */
  private static Tensor firstOf(int keys) {
    boolean[] real = new boolean[2 * keys];
    for (int i = 0; i < keys; i++) {
      real[i] = true;
      real[keys + i] = i < keys / 3;
    }
    return Tensor.of(real, 2, keys);
  }

  /** From 512² scores on, attend takes the engine's fused kernel; weights never does. */
  @ParameterizedTest
  @MethodSource("longSequences")
  void theFusedPathEqualsTheProducts(Mask mask, int queries, int keys) {
    Randomness.seed(1);
    Tensor q = leaf(2, 2, queries, 8);
    Tensor k = leaf(2, 2, keys, 8);
    Tensor v = leaf(2, 2, keys, 8);
    Tensor cotangent = normal(2, 2, queries, 8);
    Tensor fused = kernel.attend(q, k, v, mask);
    Tensor product = kernel.weights(q, k, mask).matmul(v);
    assertClose("values", product, fused, 1e-5, 0);
    List<Tensor> leaves = List.of(q, k, v);
    List<Tensor> expected = gradients(product, cotangent, leaves);
    List<Tensor> actual = gradients(fused, cotangent, leaves);
    for (int i = 0; i < leaves.size(); i++)
      assertClose("gradient " + i, expected.get(i), actual.get(i), 1e-4, 0);
  }

  private static List<Tensor> gradients(Tensor out, Tensor cotangent, List<Tensor> leaves) {
    leaves.forEach(Tensor::clearGrad);
    out.backward(cotangent);
    return leaves.stream().map(leaf -> leaf.grad().orElseThrow().copy()).toList();
  }

  @Test
  void longSequencesWithEmptyRowsGiveZero() {
    Randomness.seed(2);
    int n = 512;
    boolean[] allowed = new boolean[n * n]; // only the second half of the queries sees anything
    for (int i = n * n / 2; i < n * n; i++) allowed[i] = true;
    Tensor x = normal(1, 1, n, 8);
    Tensor out = kernel.attend(x, x, x, Mask.of(Tensor.of(allowed, 1, 1, n, n)));
    assertTrue(out.narrow(2, 0, n / 2).norm().item() == 0);
    assertTrue(out.narrow(2, n / 2, n / 2).norm().item() > 0);
  }

  private static Tensor leaf(long... shape) {
    return normal(shape).requiresGrad(true);
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1);
  }

  @Test
  void scoresThatCannotFitAreSaidBeforeTheyAreMade() {
    Tensor q = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1, 2, 1 << 22, 1);
    String said =
        assertThrows(UserError.class, () -> new ScaledDotProduct().weights(q, q, Mask.NONE))
            .getMessage();
    assertTrue(
        said.startsWith(
            "attention of 4,194,304 queries to 4,194,304 keys in 2 heads of 1 texts needs 262,144.0 GiB, of "),
        said);
    assertThrows(UserError.class, () -> new Additive(2, 1).weights(q, q, Mask.NONE));
  }
}
