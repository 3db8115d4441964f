package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.Parity;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DropPathTest {
  private static final String FIXTURE = "oracle/block_drop_path";

  static Stream<Parity> branches() {
    return Parity.of(FIXTURE, name -> !name.startsWith("linear_decay"));
  }

  static Stream<Parity> rates() {
    return Parity.of(FIXTURE, name -> name.startsWith("linear_decay"));
  }

  @ParameterizedTest
  @MethodSource("branches")
  void branchesEqualTheReference(Parity parity) {
    var scaling =
        parity.name().contains("original")
            ? DropPath.Scaling.EVALUATION
            : DropPath.Scaling.TRAINING;
    DropPath path = new DropPath(1 - parity.constant("p_keep").item(), scaling);
    Tensor x = parity.in("x");
    Tensor branch = parity.in("fx");
    if (parity.name().startsWith("eval")) {
      path.training(false);
      parity.out("out", path.residual(x, branch)).check();
    } else {
      Tensor keep = parity.constant("keep").view(x.size(0), 1, 1);
      parity.out("out", path.kept(x, branch, keep)).check();
    }
  }

  @ParameterizedTest
  @MethodSource("rates")
  void ratesEqualTheReference(Parity parity) {
    int layers = parity.setting("layers");
    double[] keep = new double[layers];
    for (int i = 0; i < layers; i++)
      keep[i] = 1 - DropPath.published(1 - parity.constant("p_last").item(), i, layers);
    parity.out("p", Tensor.of(keep, layers).to(parity.dtype())).check();
  }

  @Test
  void rowsGoWholeAndAsOftenAsAsked() {
    Randomness.seed(4);
    int rows = 20_000;
    Tensor branch = Tensor.full(1, Dtype.FLOAT32, Device.CPU, rows, 2, 3);
    for (var scaling : DropPath.Scaling.values()) {
      DropPath path = new DropPath(0.3, scaling);
      float kept = scaling == DropPath.Scaling.TRAINING ? (float) (1 / 0.7) : 1;
      float[] out = path.residual(branch.mul(0), branch).toFloats();
      int dropped = 0;
      for (int row = 0; row < rows; row++) {
        float first = out[6 * row];
        float[] all = Arrays.copyOfRange(out, 6 * row, 6 * row + 6);
        assertArrayEquals(new float[] {first, first, first, first, first, first}, all);
        if (first == 0) dropped++;
        else assertEquals(kept, first, 1e-6);
      }
      assertEquals(0.3, dropped / (double) rows, 5 * Math.sqrt(0.21 / rows));
    }
  }
}
