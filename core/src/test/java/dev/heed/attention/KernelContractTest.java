package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.OneThread;
import dev.heed.config.Kind;
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
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every registered kernel must hold, in float64. */
@SuppressWarnings("try") // NoGrad is there to be closed
@ExtendWith(OneThread.class)
final class KernelContractTest {
  private static final int B = 2;
  private static final int H = 2;
  private static final int T = 4;
  private static final int S = 5;
  private static final int DH = 3;
  private static final int DV = 2;

  /** Real keys of each row. */
  private static final boolean[][] REAL = {
    {true, true, true, false, false}, {true, false, true, true, true}
  };

  /** Those that weigh all keys of any sequence: {@link MechanismContractTest} holds the others. */
  static List<Kind> kernels() {
    return Stands.all().stream()
        .filter(kind -> Mechanisms.of(kind) instanceof Mechanism.OfKernel)
        .filter(
            kind -> Mechanisms.of(kind).traits().scores() && Mechanisms.of(kind).traits().cross())
        .toList();
  }

  private static Kernel kernel(Kind kind) {
    Randomness.seed(11);
    Kernel kernel =
        ((Mechanism.OfKernel) Mechanisms.of(kind)).kernel(new Place(H * DH, H, S, 0, false));
    Retype.to(Dtype.FLOAT64, kernel.weights());
    try (NoGrad off = NoGrad.on()) {
      kernel.weights().forEach(parameter -> parameter.add_(normal(parameter.shape()), 0.5));
    }
    return kernel;
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT64, Device.CPU, shape).normal_(0, 1);
  }

  private static Mask padding() {
    boolean[] flat = new boolean[B * S];
    for (int i = 0; i < flat.length; i++) flat[i] = REAL[i / S][i % S];
    return Mask.padding(Tensor.of(flat, B, S));
  }

  /** The first query of every row and head may attend to nothing. */
  private static Mask withEmptyRows() {
    boolean[] allowed = new boolean[B * T * S];
    for (int i = 0; i < allowed.length; i++) allowed[i] = i / S % T != 0 && i % 3 != 0;
    return Mask.of(Tensor.of(allowed, B, 1, T, S));
  }

  private static Map<String, Supplier<Mask>> masks() {
    return Map.of(
        "none", () -> Mask.NONE,
        "causal", Mask::causal,
        "padding", KernelContractTest::padding,
        "both", () -> padding().and(Mask.causal()),
        "empty rows", KernelContractTest::withEmptyRows);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void shapes(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, T, DH);
    Tensor k = normal(B, H, S, DH);
    Tensor v = normal(B, H, S, DV);
    for (Supplier<Mask> mask : masks().values()) {
      assertArrayEquals(new long[] {B, H, T, DV}, kernel.attend(q, k, v, mask.get()).shape());
      assertArrayEquals(new long[] {B, H, T, S}, kernel.weights(q, k, mask.get()).shape());
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void weightsAreDistributionsOverAllowedKeysAndMakeTheOutput(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, T, DH);
    Tensor k = normal(B, H, S, DH);
    Tensor v = normal(B, H, S, DV);
    masks()
        .forEach(
            (label, mask) -> {
              Tensor weights = kernel.weights(q, k, mask.get());
              Tensor all = Tensor.full(1, Dtype.BOOL, Device.CPU, 1, 1, T, S);
              Tensor allowed = mask.get().allowed(T, S, Device.CPU).orElse(all).expand(B, H, T, S);
              Tensor outside = weights.maskedFill(allowed, 0);
              assertEquals(0, outside.norm().item(), label + ": weight on forbidden keys");
              Tensor full = allowed.any(-1).to(Dtype.FLOAT64).squeeze(-1); // (B, H, T)
              assertClose(label + ": sums", full, weights.sum(-1), 1e-12, 0);
              Tensor out = kernel.attend(q, k, v, mask.get());
              assertClose(label + ": output", weights.matmul(v), out, 1e-12, 0);
            });
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void contentOfPaddingChangesNothing(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, T, DH);
    Tensor k = normal(B, H, S, DH);
    Tensor v = normal(B, H, S, DV);
    Tensor before = kernel.attend(q, k, v, padding());
    for (int row = 0; row < B; row++)
      for (int key = 0; key < S; key++)
        if (!REAL[row][key]) {
          k.select(0, row).select(1, key).fill_(1e3);
          v.select(0, row).select(1, key).fill_(-1e3);
        }
    assertClose("output", before, kernel.attend(q, k, v, padding()), 0, 1e-15);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void causalNeverLooksAhead(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, S, DH);
    Tensor k = normal(B, H, S, DH);
    Tensor v = normal(B, H, S, DV);
    Tensor before = kernel.attend(q, k, v, Mask.causal());
    for (int from = S - 1; from > 0; from--) {
      k.narrow(2, from, 1).fill_(1e3);
      v.narrow(2, from, 1).fill_(-1e3);
      Tensor after = kernel.attend(q, k, v, Mask.causal());
      assertClose("before " + from, before.narrow(2, 0, from), after.narrow(2, 0, from), 0, 1e-15);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aQueryThatMayAttendToNothingGivesZeroAndNoGradient(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, T, DH).requiresGrad(true);
    Tensor k = normal(B, H, S, DH).requiresGrad(true);
    Tensor v = normal(B, H, S, DV).requiresGrad(true);
    Tensor out = kernel.attend(q, k, v, withEmptyRows());
    assertEquals(0, out.narrow(2, 0, 1).norm().item());
    // Only that query's output is asked for: nothing may come back from it.
    out.narrow(2, 0, 1).sum().backward();
    List<Tensor> leaves = new ArrayList<>(List.of(q, k, v));
    leaves.addAll(kernel.weights());
    for (Tensor leaf : leaves) assertEquals(0.0, leaf.grad().map(g -> g.norm().item()).orElse(0.0));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void gradientsEqualFiniteDifferences(Kind kind) {
    Kernel kernel = kernel(kind);
    Tensor q = normal(B, H, T, DH).requiresGrad(true);
    Tensor k = normal(B, H, S, DH).requiresGrad(true);
    Tensor v = normal(B, H, S, DV).requiresGrad(true);
    Tensor cotangent = normal(B, H, T, DV);
    List<Tensor> leaves = new ArrayList<>(List.of(q, k, v));
    leaves.addAll(kernel.weights());
    masks()
        .forEach(
            (label, mask) -> {
              leaves.forEach(Tensor::clearGrad);
              kernel.attend(q, k, v, mask.get()).mul(cotangent).sum().backward();
              Supplier<Double> loss =
                  () -> kernel.attend(q, k, v, mask.get()).mul(cotangent).sum().item();
              for (Tensor leaf : leaves)
                assertClose(
                    label + ": gradient",
                    differences(leaf, loss),
                    leaf.grad().orElseThrow(),
                    1e-7,
                    1e-9);
            });
  }

  /** The central difference quotient of a function of each entry of {@code leaf}. */
  private static Tensor differences(Tensor leaf, Supplier<Double> function) {
    double step = 1e-5;
    double[] quotients = new double[(int) leaf.count()];
    try (NoGrad off = NoGrad.on()) {
      Tensor flat = leaf.view(leaf.count());
      double[] values = leaf.toDoubles();
      for (int i = 0; i < quotients.length; i++) {
        flat.narrow(0, i, 1).fill_(values[i] + step);
        double above = function.get();
        flat.narrow(0, i, 1).fill_(values[i] - step);
        double below = function.get();
        flat.narrow(0, i, 1).fill_(values[i]);
        quotients[i] = (above - below) / (2 * step);
      }
    }
    return Tensor.of(quotients, leaf.shape());
  }
}
