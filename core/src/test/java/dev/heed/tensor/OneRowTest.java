package dev.heed.tensor;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.OneThread;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@SuppressWarnings("try") // scopes are there to be closed
@ExtendWith(OneThread.class)
class OneRowTest {
  private static Tensor random(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1, 3);
  }

  @Test
  void givesWhatALinearMapGives() {
    try (Scope scope = Scope.open()) {
      Tensor weight = random(70, 33);
      for (Optional<Tensor> bias : List.of(Optional.<Tensor>empty(), Optional.of(random(70))))
        for (Tensor x : List.of(random(1, 1, 33), random(33), random(2, 1, 33))) {
          Tensor usual = x.linear(weight, bias);
          Tensor row = OneRow.within(() -> x.linear(weight, bias));
          assertArrayEquals(usual.shape(), row.shape());
          assertClose(x.toString(), usual, row, 1e-4, 1e-5);
        }
    }
  }

  @Test
  void givesTheSameSoftmax() {
    try (Scope scope = Scope.open()) {
      for (Tensor x : List.of(random(3, 1, 7), random(4, 1, 9000), random(1, 40_000)))
        assertClose(x.toString(), x.softmax(-1), OneRow.within(() -> x.softmax(-1)), 1e-5, 1e-7);
    }
  }

  @Test
  void leavesThePrecisionAsItWas() {
    Engine.Precision before = Engine.precision();
    assertThrows(
        IllegalStateException.class,
        () ->
            OneRow.within(
                () -> {
                  throw new IllegalStateException();
                }));
    assertEquals(before, Engine.precision());
  }
}
