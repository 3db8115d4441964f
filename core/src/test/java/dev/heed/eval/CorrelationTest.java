package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CorrelationTest {
  @Test
  void itIsPearsons() {
    double[] a = {1, 2, 3, 4, 5};
    assertEquals(1, Correlation.pearson(a, new double[] {3, 5, 7, 9, 11}), 1e-12);
    assertEquals(-1, Correlation.pearson(a, new double[] {5, 4, 3, 2, 1}), 1e-12);
    // Σ xy = 8 of deviations, √(10 · 10)
    assertEquals(0.8, Correlation.pearson(a, new double[] {2, 1, 4, 3, 5}), 1e-12);
    assertEquals(0, Correlation.pearson(a, new double[5]));
    assertThrows(IllegalArgumentException.class, () -> Correlation.pearson(a, new double[] {1, 2}));
  }
}
