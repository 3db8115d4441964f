package dev.heed.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PackedLinearTest {
  @Test
  void isTheLinearMapItWasMadeOf() {
    Randomness.seed(3);
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor weight = Tensor.empty(Dtype.FLOAT32, Device.CPU, 24, 40).normal_(0, 1);
      Tensor vector = Tensor.empty(Dtype.FLOAT32, Device.CPU, 24).normal_(0, 1);
      for (Optional<Tensor> bias : List.of(Optional.of(vector), Optional.<Tensor>empty())) {
        PackedLinear packed = PackedLinear.of(weight, bias);
        for (int rows : new int[] {1, 15, 16, 200}) {
          Tensor x = Tensor.empty(Dtype.FLOAT32, Device.CPU, rows, 3, 40).normal_(0, 1);
          for (Tensor each : List.of(x, x.select(1, 1), x.transpose(0, 1))) {
            Tensor expected = each.linear(weight, bias);
            Tensor found = packed.forward(each);
            assertArrayEquals(expected.shape(), found.shape());
            assertArrayEquals(expected.toFloats(), found.toFloats(), 2e-5f);
          }
        }
      }
    }
  }

  @Test
  void aWrongShapeIsASentence() {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      PackedLinear packed =
          PackedLinear.of(Tensor.zeros(Dtype.FLOAT32, Device.CPU, 4, 6), Optional.empty());
      Tensor wrong = Tensor.zeros(Dtype.FLOAT32, Device.CPU, 2, 5);
      String sentence =
          assertThrows(EngineException.class, () -> packed.forward(wrong)).getMessage();
      assertTrue(sentence.contains("linear"), sentence);
      assertEquals(1, sentence.lines().count(), sentence);
    }
  }
}
