package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MaskTest {
  private static final Tensor LIKE = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1);

  /** Two rows of four keys: three real ones on the left, and two on the right. */
  private static Tensor real() {
    return Tensor.of(new boolean[] {true, true, true, false, false, false, true, true}, 2, 4);
  }

  private static double[] allowed(Mask mask, int queries, int keys) {
    return mask.allowed(queries, keys, Device.CPU).orElseThrow().to(Dtype.FLOAT32).toDoubles();
  }

  @Test
  void noneAllowsAll() {
    assertTrue(Mask.NONE.isNone());
    assertEquals(Optional.empty(), Mask.NONE.allowed(2, 2, Device.CPU));
    assertEquals(Optional.empty(), Mask.NONE.bias(1, 1, 2, 2, LIKE));
    assertEquals(Optional.empty(), Mask.NONE.emptyRows(2, 2, Device.CPU));
  }

  @Test
  void causalSeesItselfAndWhatCameBefore() {
    assertArrayEquals(new double[] {1, 0, 0, 1, 1, 0, 1, 1, 1}, allowed(Mask.causal(), 3, 3));
    // Fewer queries than keys are the last ones.
    assertArrayEquals(new double[] {1, 1, 0, 1, 1, 1}, allowed(Mask.causal(), 2, 3));
    assertTrue(Mask.causal().isCausalOnly());
    assertFalse(Mask.causal().and(Mask.padding(real())).isCausalOnly());
    assertTrue(Mask.causal().and(Mask.NONE).isCausalOnly());
  }

  @Test
  void paddingHidesKeysFromAllQueries() {
    assertArrayEquals(new double[] {1, 1, 1, 0, 0, 0, 1, 1}, allowed(Mask.padding(real()), 4, 4));
  }

  @Test
  void bothMustAllow() {
    Mask both = Mask.padding(real()).and(Mask.causal());
    double[] expected = {
      1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, //
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1,
    };
    assertArrayEquals(expected, allowed(both, 4, 4));
    double[] empty = both.emptyRows(4, 4, Device.CPU).orElseThrow().to(Dtype.FLOAT32).toDoubles();
    assertArrayEquals(new double[] {0, 0, 0, 0, 1, 1, 0, 0}, empty);
    Mask same = Mask.of(real().view(2, 1, 1, 4)).and(Mask.padding(real()));
    assertArrayEquals(allowed(Mask.padding(real()), 1, 4), allowed(same, 1, 4));
  }

  @Test
  void theBiasIsZeroWhereAllowedForEachHead() {
    Mask mask = Mask.padding(real());
    Tensor bias = mask.bias(2, 3, 2, 4, LIKE).orElseThrow();
    assertArrayEquals(new long[] {6, 2, 4}, bias.shape());
    double[] values = bias.toDoubles();
    double[] keys = allowed(mask, 1, 4);
    for (int row = 0; row < 6; row++)
      for (int query = 0; query < 2; query++)
        for (int key = 0; key < 4; key++) {
          double value = values[(row * 2 + query) * 4 + key];
          if (keys[row / 3 * 4 + key] == 1) assertEquals(0, value);
          else assertTrue(value < -1e20, "a forbidden key has bias " + value);
        }
  }

  @Test
  void theBiasIsKeptForAllLayers() {
    Mask mask = Mask.causal();
    Tensor first = mask.bias(1, 2, 3, 3, LIKE).orElseThrow();
    assertSame(first, mask.bias(1, 2, 3, 3, LIKE).orElseThrow());
    assertArrayEquals(new long[] {2, 4, 4}, mask.bias(1, 2, 4, 4, LIKE).orElseThrow().shape());
  }
}
