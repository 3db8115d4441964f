package dev.heed.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // scopes are there to be closed
final class TensorTest {
  @ParameterizedTest
  @EnumSource(Dtype.class)
  void everyTypeIsMadeAndRead(Dtype dtype) {
    Tensor ones = Tensor.full(1, dtype, Device.CPU, 2, 3);
    assertEquals(dtype, ones.dtype());
    assertArrayEquals(new long[] {2, 3}, ones.shape());
    assertEquals(6, ones.count());
    assertEquals(Device.CPU, ones.device());
    assertEquals(dtype + "(2, 3)", ones.toString());
    assertArrayEquals(new double[] {1, 1, 1, 1, 1, 1}, ones.toDoubles());
    assertArrayEquals(new float[6], Tensor.zeros(dtype, Device.CPU, 6).toFloats());
    assertEquals(dtype.bytes() * 6L, ones.at.nbytes());
  }

  @Test
  void valuesComeBack() {
    assertArrayEquals(new float[] {1.5f, -2}, Tensor.of(new float[] {1.5f, -2}, 2).toFloats());
    assertArrayEquals(new double[] {0.1, 2}, Tensor.of(new double[] {0.1, 2}, 2, 1).toDoubles());
    assertArrayEquals(new long[] {1L << 60, -1}, Tensor.of(new long[] {1L << 60, -1}, 2).toLongs());
    assertArrayEquals(new long[] {7, 8}, Tensor.of(new int[] {7, 8}, 1, 2).toLongs());
    assertArrayEquals(new long[] {1, 0}, Tensor.of(new boolean[] {true, false}, 2).toLongs());
    assertArrayEquals(new long[] {0, 1, 2}, Tensor.arange(3, Device.CPU).toLongs());
    assertEquals(4, Tensor.of(new double[] {4}).item());
    assertEquals(0, Tensor.of(new float[0], 0, 3).toFloats().length);
    assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[5], 2, 3));
  }

  @Test
  void stridesDoNotChangeTheValuesRead() {
    Tensor matrix = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, matrix.transpose(0, 1).toFloats());
    assertArrayEquals(new float[] {4, 5, 6}, matrix.select(0, 1).toFloats());
  }

  @Test
  void precisionIsWhatWasAskedFor() {
    Engine.Precision before = Engine.precision();
    try {
      for (var wanted : List.of(Engine.Precision.HIGHEST, Engine.Precision.MEDIUM)) {
        Engine.precision(wanted);
        assertEquals(wanted, Engine.precision());
      }
    } finally {
      Engine.precision(before);
    }
  }

  @Test
  void devicesThatAreNotThere() {
    assertEquals(Device.CPU, Device.of("cpu"));
    assertThrows(UserError.class, () -> Device.of("tpu"));
    assertThrows(UserError.class, () -> Device.of("cuda:99"));
  }

  @Test
  void scopeFreesWhatWasMadeInIt() {
    Tensor freed;
    try (Scope scope = Scope.open()) {
      freed = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 4).add(1);
      assertFalse(freed.at.isNull());
    }
    assertTrue(freed.at.isNull());
  }

  @Test
  void memoryStaysFlatOverManySteps() {
    steps(50); // buffers of the engine's own
    long before = Pointer.physicalBytes();
    steps(250); // 1 GB in all
    long grown = Pointer.physicalBytes() - before;
    assertTrue(grown < 64 << 20, "grew by " + (grown >> 20) + " MiB");
  }

  private static void steps(int steps) {
    for (int i = 0; i < steps; i++) {
      try (Scope scope = Scope.open()) {
        assertEquals(1 << 20, Tensor.full(1, Dtype.FLOAT32, Device.CPU, 1 << 20).count());
      }
    }
  }

  @Test
  void keptTensorsMoveOutOneScopeAtATime() {
    Tensor kept;
    Tensor twice;
    Tensor outers;
    try (Scope outer = Scope.open()) {
      outers = Tensor.full(3, Dtype.FLOAT32, Device.CPU, 2);
      try (Scope middle = Scope.open()) {
        try (Scope inner = Scope.open()) {
          kept = inner.keep(Tensor.full(1, Dtype.FLOAT32, Device.CPU, 2).add(1));
          twice = inner.keep(Tensor.full(5, Dtype.FLOAT32, Device.CPU, 2));
          assertEquals(outers, inner.keep(outers)); // which isn't this scope's to free
        }
        assertArrayEquals(new float[] {2, 2}, kept.toFloats());
        middle.keep(twice);
      }
      assertTrue(kept.at.isNull());
      assertArrayEquals(new float[] {5, 5}, twice.toFloats());
      assertArrayEquals(new float[] {3, 3}, outers.toFloats());
    }
    assertTrue(twice.at.isNull());
    assertTrue(outers.at.isNull());
  }

  @Test
  void keptByTheOutermostScopeLivesOn() {
    Tensor kept;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(Tensor.full(2, Dtype.FLOAT32, Device.CPU, 2));
    }
    assertArrayEquals(new float[] {2, 2}, kept.toFloats());
  }

  @Test
  void aFailureIsOneSentence() {
    Tensor a = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 2, 3);
    Tensor b = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 4, 5);
    String message = assertThrows(EngineException.class, () -> a.matmul(b)).getMessage();
    assertTrue(message.startsWith("matmul of FLOAT32(2, 3) and FLOAT32(4, 5): "), message);
    assertTrue(message.contains("2x3 and 4x5"), message);
    assertEquals(1, message.lines().count(), message);
    assertFalse(message.contains("Exception raised from"), message);
    assertThrows(EngineException.class, () -> a.add_(b));
    assertThrows(EngineException.class, () -> a.view(7));
  }

  @Test
  void gradientsReachTheLeaves() {
    Tensor x = Tensor.of(new float[] {3, 4}, 2).requiresGrad(true);
    assertTrue(x.grad().isEmpty());
    x.mul(x).sum().backward();
    assertArrayEquals(new float[] {6, 8}, x.grad().orElseThrow().toFloats());
    x.mul(2).backward(Tensor.of(new float[] {1, 10}, 2));
    assertArrayEquals(new float[] {8, 28}, x.grad().orElseThrow().toFloats());
    x.clearGrad();
    assertTrue(x.grad().isEmpty());
    assertFalse(x.mul(2).detach().requiresGrad());
  }

  @Test
  void noGradNests() {
    Tensor x = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1).requiresGrad(true);
    try (NoGrad outer = NoGrad.on()) {
      try (NoGrad inner = NoGrad.on()) {
        assertFalse(x.add(1).requiresGrad());
      }
      assertFalse(x.add(1).requiresGrad());
    }
    assertTrue(x.add(1).requiresGrad());
  }

  @Test
  void autocastIsRestored() {
    Tensor x = Tensor.full(1, Dtype.FLOAT32, Device.CPU, 8, 8);
    assertEquals(Dtype.FLOAT32, x.matmul(x).dtype());
    try (Autocast on = Autocast.bfloat16(Device.CPU)) {
      assertEquals(Dtype.BFLOAT16, x.matmul(x).dtype());
      try (Autocast off = Autocast.off(Device.CPU)) {
        assertEquals(Dtype.FLOAT32, x.matmul(x).dtype());
      }
      assertEquals(Dtype.BFLOAT16, x.matmul(x).dtype());
    }
    assertEquals(Dtype.FLOAT32, x.matmul(x).dtype());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void dropoutMaskKeepsTheRightShare(double p) {
    Randomness.seed(11);
    Tensor like = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1000, 1001);
    float[] mask = like.dropoutMask(p).toFloats();
    assertEquals(1_001_000, mask.length);
    float scale = (float) (1 / (1 - p));
    double kept = 0;
    for (float value : mask) {
      if (value != 0 && value != scale) fail("a mask holds " + value);
      if (value != 0) kept++;
    }
    double fiveDeviations = 5 * Math.sqrt(p * (1 - p) / mask.length);
    assertEquals(1 - p, kept / mask.length, fiveDeviations);
    assertEquals(1, like.dropoutMask(p).mean().item(), fiveDeviations / (1 - p));
  }

  @Test
  void dropoutMasksDifferUnlessSeededAlike() {
    Tensor like = Tensor.empty(Dtype.FLOAT32, Device.CPU, 20_000);
    Randomness.seed(1, 2);
    float[] first = like.dropoutMask(0.5).toFloats();
    float[] second = like.dropoutMask(0.5).toFloats();
    assertFalse(Arrays.equals(first, second));
    // The second chunk of a mask is not the first one again.
    assertNotEquals(
        Arrays.hashCode(Arrays.copyOf(first, 1000)),
        Arrays.hashCode(Arrays.copyOfRange(first, 1 << 14, (1 << 14) + 1000)));
    Randomness.seed(1, 2);
    assertArrayEquals(first, like.dropoutMask(0.5).toFloats());
    Randomness.seed(1, 3);
    assertFalse(Arrays.equals(first, like.dropoutMask(0.5).toFloats()));
  }

  @Test
  void theSeedAlsoSetsTheEngine() {
    Tensor x = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 10);
    Randomness.seed(5);
    float[] first = x.normal_(0, 1).toFloats();
    assertFalse(Arrays.equals(first, x.normal_(0, 1).toFloats()));
    Randomness.seed(5);
    assertArrayEquals(first, x.normal_(0, 1).toFloats());
  }

  /** Adam's first step moves by lr · g/(|g| + eps) (Kingma and Ba 2015, algorithm 1). */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fusedAdamStepsByTheFormula(boolean decoupled) {
    Tensor p = Tensor.of(new float[] {1, -2}, 2);
    Tensor g = Tensor.of(new float[] {0.5f, 4}, 2);
    Tensor m = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 2);
    Tensor v = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 2);
    Tensor step = Tensor.full(1, Dtype.FLOAT32, Device.CPU);
    Tensor divisor = Tensor.full(2, Dtype.FLOAT32, Device.CPU);
    var state =
        new Operators.AdamState(List.of(p), List.of(g), List.of(m), List.of(v), List.of(step));
    Operators.adam(state, decoupled, 0.1, 0.9, 0.99, 0.01, 1e-8, divisor);
    double[] gradient = {0.25, 2};
    if (!decoupled) gradient = new double[] {0.25 + 0.01 * 1, 2 + 0.01 * -2};
    double shrink = decoupled ? 1 - 0.1 * 0.01 : 1;
    assertArrayEquals(new double[] {shrink - 0.1, -2 * shrink - 0.1}, p.toDoubles(), 1e-6);
    assertArrayEquals(new double[] {0.1 * gradient[0], 0.1 * gradient[1]}, m.toDoubles(), 1e-6);
  }
}
