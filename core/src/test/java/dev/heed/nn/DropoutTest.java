package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DropoutTest {
  private static final int N = 100_000; // more than one of the generator's chunks

  @BeforeEach
  void seed() {
    Randomness.seed(7);
  }

  private static Tensor ones(Dtype dtype) {
    return Tensor.full(1, dtype, Device.CPU, N);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void keepsTheMean(Dtype dtype) {
    double p = 0.3;
    double[] out = new Dropout(p).forward(ones(dtype)).toDoubles();
    double kept = 1 / (1 - p);
    assertTrue(Arrays.stream(out).allMatch(x -> x == 0 || Math.abs(x - kept) < 1e-6));
    double deviation = Math.sqrt(p / (1 - p) / N); // of the mean
    assertEquals(1, Arrays.stream(out).average().orElseThrow(), 5 * deviation);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.1, 0.5, 0.9, 0.99})
  void dropsTheShareAskedFor(double p) {
    float[] out = new Dropout(p).forward(ones(Dtype.FLOAT32)).toFloats();
    int dropped = 0;
    int pairs = 0; // neighbours dropped together
    for (int i = 0; i < N; i++) {
      if (out[i] == 0) dropped++;
      if (i > 0 && out[i] == 0 && out[i - 1] == 0) pairs++;
    }
    assertEquals(p, dropped / (double) N, 5 * Math.sqrt(p * (1 - p) / N));
    assertEquals(p * p, pairs / (double) N, 5 * Math.sqrt(3 * p * p * (1 - p * p) / N) + 1.0 / N);
  }

  @Test
  void aSeedRepeatsTheMasksAndADrawDoesNot() {
    Dropout dropout = new Dropout(0.5);
    float[] first = dropout.forward(ones(Dtype.FLOAT32)).toFloats();
    float[] second = dropout.forward(ones(Dtype.FLOAT32)).toFloats();
    Randomness.seed(7);
    assertArrayEquals(first, dropout.forward(ones(Dtype.FLOAT32)).toFloats());
    assertFalse(Arrays.equals(first, second));
  }

  @Test
  void gradientsPassWhereValuesDo() {
    Tensor x = ones(Dtype.FLOAT32).requiresGrad(true);
    Tensor out = new Dropout(0.4).forward(x);
    out.sum().backward();
    assertArrayEquals(out.toFloats(), x.grad().orElseThrow().toFloats());
  }

  @Test
  void residualIsTheSumInOnePass() {
    Dropout dropout = new Dropout(0.2);
    Tensor x = Init.normal(1, 50, 40);
    Tensor residual = Init.normal(1, 50, 40);
    Randomness.seed(3);
    Tensor fused = dropout.residual(residual, x);
    Randomness.seed(3);
    Tensor sum = residual.add(dropout.forward(x));
    assertArrayEquals(sum.toFloats(), fused.toFloats(), 1e-6f);
  }

  @Test
  void rowsFallWhole() {
    int size = 4;
    Tensor out = new Dropout(0.5).rows(Tensor.full(1, Dtype.FLOAT32, Device.CPU, 10, 50, size));
    float[] values = out.toFloats();
    int dropped = 0;
    for (int i = 0; i < values.length; i += size) {
      for (int j = 1; j < size; j++) assertEquals(values[i], values[i + j]);
      if (values[i] == 0) dropped++;
    }
    assertTrue(dropped > 200 && dropped < 300, dropped + " of 500 rows");
  }

  @Test
  void isNothingOutsideTrainingOrWithProbabilityZero() {
    Tensor x = ones(Dtype.FLOAT32);
    Dropout evaluating = new Dropout(0.5);
    evaluating.training(false);
    for (Dropout dropout : new Dropout[] {evaluating, new Dropout(0)}) {
      assertSame(x, dropout.forward(x));
      assertSame(x, dropout.rows(x));
      assertEquals(2.0 * N, dropout.residual(x, x).sum().item());
    }
    evaluating.training(true);
    assertTrue(evaluating.forward(x).sum().item() < 1.5 * N);
    assertTrue(Arrays.stream(evaluating.forward(x).toDoubles()).anyMatch(v -> v == 0));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.5, 1, -0.1, Double.NaN})
  void aProbabilityIsChecked(double p) {
    var error = assertThrows(UserError.class, () -> new Dropout(p));
    assertEquals("dropout must be at least 0 and below 1, not " + p, error.getMessage());
  }
}
