package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LshTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_reformer_lsh");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    long[] settings = parity.constant("settings").toLongs(); // R, buckets, m, causal
    Tensor qk = parity.in("qk");
    boolean causal = settings[3] != 0;
    Lsh mixer =
        new Lsh(
            new Lsh.Options((int) settings[0], (int) settings[2], (int) settings[1]),
            new Place((int) qk.size(3), 1, (int) qk.size(2), 0, causal));
    Lsh.Attended attended =
        mixer.attend(
            qk,
            parity.in("v"),
            causal ? Mask.causal() : Mask.NONE,
            parity.constant("rotations").to(parity.dtype()),
            parity.constant("scale").item());
    Lsh.Hashed hashed = attended.hashed();
    long tokens = qk.size(2); // those that fill the last chunk stand behind them
    Tensor codes = hashed.codes().narrow(3, 0, tokens);
    Tensor gaps = codes.unsqueeze(4).sub(codes.unsqueeze(3)); // (B, H, R, N, N)
    Tensor met = gaps.ge(0).logicalAnd(gaps.lt(2)).to(parity.dtype());
    parity
        .out("buckets", hashed.buckets().narrow(3, 0, tokens).to(parity.dtype()))
        .out("order", hashed.order().narrow(3, 0, tokens).to(parity.dtype()))
        .out("mask", causal ? met.tril(0) : met)
        .out("z", attended.z())
        .out("out", attended.out())
        .check();
  }

  @Test
  void trainingTurnsAnewInEachPass() {
    Randomness.seed(1);
    Lsh mixer = new Lsh(new Lsh.Options(1, 4, 0), new Place(8, 2, 64, 0, false));
    Tensor x = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1, 64, 8).normal_(0, 1);
    Pass pass = Pass.both(x, Mask.NONE);
    double difference = mixer.forward(x, pass).sub(mixer.forward(x, pass)).norm().item();
    assertTrue(difference > 1e-3, "other buckets, " + difference);
  }

  /** One bucket and one chunk: all see all, and not themselves. */
  @Test
  void aTextOfOneChunkIsSeenWhole() {
    Randomness.seed(1);
    Lsh mixer = new Lsh(new Lsh.Options(3, 16, 0), new Place(4, 1, 64, 0, false));
    Tensor qk = Tensor.empty(Dtype.FLOAT64, Device.CPU, 1, 2, 9, 4).normal_(0, 1);
    Tensor v = Tensor.empty(Dtype.FLOAT64, Device.CPU, 1, 2, 9, 4).normal_(0, 1);
    Tensor rotations = Tensor.empty(Dtype.FLOAT64, Device.CPU, 3, 4, 4).normal_(0, 1);
    Tensor keys = qk.div(qk.mul(qk).sum(3).unsqueeze(3).sqrt());
    Tensor itself = Tensor.arange(9, Device.CPU);
    Mask others =
        Mask.ofFullRows(itself.unsqueeze(0).sub(itself.unsqueeze(1)).ne(0).view(1, 1, 9, 9));
    assertClose(
        "output",
        new ScaledDotProduct(1).attend(qk, keys, v, others),
        mixer.attend(qk, v, Mask.NONE, rotations, 1).out(),
        1e-12,
        0);
  }
}
