package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RouterLossTest {
  private static final float BIG = 20;

  @Test
  void evenUseCostsOneAndUnevenUseMore() {
    Tensor even = Tensor.of(new float[] {BIG, 0, 0, BIG}, 1, 2, 2);
    Tensor uneven = Tensor.of(new float[] {BIG, 0, BIG, 0}, 1, 2, 2);
    assertEquals(1, RouterLoss.balanceOfSequences(even).item(), 1e-6);
    assertEquals(2, RouterLoss.balanceOfSequences(uneven).item(), 1e-6);
  }

  @Test
  void sequencesThatAreEachUnevenMayBeEvenTogether() {
    Tensor logits = Tensor.of(new float[] {BIG, 0, BIG, 0, 0, BIG, 0, BIG}, 2, 2, 2);
    assertEquals(2, RouterLoss.balanceOfSequences(logits).item(), 1e-6);
    Tensor all = logits.reshape(4, 2);
    assertEquals(1, RouterLoss.balance(List.of(all), 1, Optional.empty()).item(), 1e-6);
  }

  @Test
  void zIsTheMeanSquareOfTheLogOfTheSum() {
    Tensor logits = Tensor.of(new double[] {0, 0, Math.log(3), 0}, 1, 2, 2);
    double expected = (Math.pow(Math.log(2), 2) + Math.pow(Math.log(4), 2)) / 2;
    assertEquals(expected, RouterLoss.z(logits, Optional.empty()).item(), 1e-12);
  }
}
