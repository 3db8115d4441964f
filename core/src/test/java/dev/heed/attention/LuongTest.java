package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;

import dev.heed.attention.Luong.Score;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LuongTest {
  private static final int H = 2;
  private static final int T = 3;
  private static final int S = 4;
  private static final int DH = 5;

  /** Against section 3.1, pair by pair. */
  @ParameterizedTest
  @EnumSource(Score.class)
  void equalsThePapersScores(Score score) {
    Randomness.seed(1);
    Kernel kernel = new Luong.Options(score).kernel(new Place(H * DH, H, S, 0, false));
    Retype.to(Dtype.FLOAT64, kernel.weights());
    Tensor q = Tensor.empty(Dtype.FLOAT64, Device.CPU, 1, H, T, DH).normal_(0, 1);
    Tensor k = Tensor.empty(Dtype.FLOAT64, Device.CPU, 1, H, S, DH).normal_(0, 1);
    double[] w = weight(kernel, "w");
    double[] v = weight(kernel, "v");
    double[] queries = q.toDoubles();
    double[] keys = k.toDoubles();
    double[] scores = new double[H * T * S];
    for (int i = 0; i < scores.length; i++) {
      int head = i / (T * S);
      int query = i / S * DH; // head·T + t
      int key = (head * S + i % S) * DH;
      for (int row = 0; row < DH; row++)
        scores[i] +=
            switch (score) {
              case DOT -> queries[query + row] * keys[key + row];
              case GENERAL -> queries[query + row] * product(w, (head * DH + row) * DH, keys, key);
              case CONCAT -> {
                int at = (head * DH + row) * 2 * DH;
                double sum = product(w, at, queries, query) + product(w, at + DH, keys, key);
                yield v[head * DH + row] * Math.tanh(sum);
              }
            };
    }
    assertClose(
        "weights",
        Tensor.of(scores, 1, H, T, S).softmax(3),
        kernel.weights(q, k, Mask.NONE),
        1e-12,
        0);
  }

  private static double[] weight(Kernel kernel, String name) {
    Tensor weight = kernel.parameters().get(name);
    return weight == null ? new double[0] : weight.detach().toDoubles();
  }

  private static double product(double[] a, int from, double[] b, int other) {
    double sum = 0;
    for (int i = 0; i < DH; i++) sum += a[from + i] * b[other + i];
    return sum;
  }
}
