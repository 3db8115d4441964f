package dev.heed.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/**
 * What an operation hands out must not live in memory that the operation's result container owns.
 */
@SuppressWarnings("try") // scopes are there to be closed
final class OwnershipTest {
  private static Tensor rows() {
    return Tensor.of(new float[] {1, 2, 3, 6, 5, 4}, 2, 3);
  }

  @Test
  void partsOutliveTheirList() {
    Tensor second;
    try (Scope scope = Scope.open()) {
      second = scope.keep(rows().unbind(0)[1]);
    }
    overwriteFreedMemory();
    assertArrayEquals(new float[] {6, 5, 4}, second.toFloats());
  }

  @Test
  void partsOfAnyLengthsOutliveTheirListToo() {
    Tensor[] parts;
    try (Scope scope = Scope.open()) {
      parts = rows().split(1, 1, 2);
      for (Tensor part : parts) scope.keep(part);
    }
    overwriteFreedMemory();
    assertArrayEquals(new float[] {1, 6}, parts[0].toFloats());
    assertArrayEquals(new float[] {2, 3, 5, 4}, parts[1].toFloats());
  }

  @Test
  void topValuesOutliveTheirPair() {
    Tensor indices;
    Tensor values;
    try (Scope scope = Scope.open()) {
      var top = rows().topk(2);
      values = scope.keep(top.values());
      indices = scope.keep(top.indices());
    }
    overwriteFreedMemory();
    assertArrayEquals(new float[] {3, 2, 6, 5}, values.toFloats());
    assertArrayEquals(new long[] {2, 1, 0, 1}, indices.toLongs());
  }

  @Test
  void aGradientOutlivesItsPlace() {
    Tensor x = rows().requiresGrad(true);
    x.sum().backward();
    Tensor gradient = x.grad().orElseThrow();
    x.clearGrad();
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1}, gradient.toFloats());
  }

  /** Small blocks that were just freed are handed out again. */
  private static void overwriteFreedMemory() {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < 100; i++) rows().unbind(0);
    }
  }
}
