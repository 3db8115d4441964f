package dev.heed.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class RouterLossTest {
  @Test
  void evenUseCostsOneAndUnevenUseMore() {
    float big = 20;
    Tensor even = Tensor.of(new float[] {big, 0, 0, big}, 1, 2, 2);
    Tensor uneven = Tensor.of(new float[] {big, 0, big, 0}, 1, 2, 2);
    assertEquals(1, RouterLoss.balance(even).item(), 1e-6);
    assertEquals(2, RouterLoss.balance(uneven).item(), 1e-6);
  }

  @Test
  void zIsTheMeanSquareOfTheLogOfTheSum() {
    Tensor logits = Tensor.of(new double[] {0, 0, Math.log(3), 0}, 1, 2, 2);
    double expected = (Math.pow(Math.log(2), 2) + Math.pow(Math.log(4), 2)) / 2;
    assertEquals(expected, RouterLoss.z(logits).item(), 1e-12);
  }
}
