package dev.heed.position;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.Parity;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RelativeBiasTest {
  static Stream<Parity> buckets() {
    return Parity.of("oracle/position_t5_buckets", name -> !name.startsWith("bias"));
  }

  static Stream<Parity> biases() {
    return Parity.of("oracle/position_t5_buckets", name -> name.startsWith("bias"));
  }

  @ParameterizedTest
  @MethodSource("buckets")
  void bucketsEqualTheReference(Parity parity) {
    Tensor back = parity.constant("rel").mul(-1).to(Dtype.INT64);
    Tensor buckets = bias(parity, 1).buckets(back).to(parity.dtype());
    parity.out("bucket", buckets).out("bucket_float32", buckets).check();
  }

  @ParameterizedTest
  @MethodSource("biases")
  void biasedAttentionEqualsTheReference(Parity parity) {
    Tensor q = parity.in("q");
    int heads = (int) q.size(1);
    RelativeBias bias = parity.load(bias(parity, heads), Map.of("weight", List.of("table")));
    Tensor places = Tensor.arange(q.size(2), Device.CPU).unsqueeze(0); // (1, N)
    Tensor scores = bias.forward(places, places); // (1, H, N, N)
    Mask pairs = parity.name().contains("causal") ? Mask.causal() : Mask.NONE;
    parity
        .out("bias", scores.squeeze(0))
        .out(
            "out",
            new ScaledDotProduct(1).attend(q, parity.in("k"), parity.in("v"), pairs.plus(scores)))
        .check();
  }

  @Test
  void tooFewBucketsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new RelativeBias(2, 8, 1, true));
    assertThrows(IllegalArgumentException.class, () -> new RelativeBias(8, 4, 1, false));
  }

  private static RelativeBias bias(Parity parity, int heads) {
    long[] settings = parity.constant("settings").toLongs();
    return new RelativeBias((int) settings[0], (int) settings[1], heads, settings[2] == 1);
  }
}
