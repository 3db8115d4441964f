package dev.heed.attention;

import static dev.heed.OracleCases.assertClose;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.position.Rotary;
import dev.heed.position.RotaryConfig;
import dev.heed.position.Rotation;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GroupedQueryAttentionTest {
  static Stream<Parity> published() {
    return Parity.of("oracle/attention_grouped_query");
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (B, N, D)
    long[] sizes = parity.constant("heads").toLongs(); // H, G, Dh
    int headSize = (int) sizes[2];
    var shape =
        new GroupedQueryAttention.Shape((int) x.size(2), (int) sizes[0], (int) sizes[1], headSize);
    GroupedQueryAttention attention =
        parity.load(
            new GroupedQueryAttention(shape, false, false, 0),
            Map.of("qkv.weight", List.of("Wq", "Wk", "Wv"), "heads.out.weight", List.of("Wo")));
    Pass pass = Pass.whole(x, Mask.NONE);
    parity
        .out("out", attention.forward(x, still(headSize, parity.dtype()), pass.mask(), pass))
        .check();
  }

  @ParameterizedTest
  @MethodSource("published")
  void withoutPositionsToo(Parity parity) {
    Tensor x = parity.in("x"); // (B, N, D)
    long[] sizes = parity.constant("heads").toLongs(); // H, G, Dh
    var shape =
        new GroupedQueryAttention.Shape(
            (int) x.size(2), (int) sizes[0], (int) sizes[1], (int) sizes[2]);
    Mixer mixer =
        parity.load(
            new GroupedQueryAttention(shape, false, false, 0),
            Map.of("qkv.weight", List.of("Wq", "Wk", "Wv"), "heads.out.weight", List.of("Wo")));
    parity.out("out", mixer.forward(x, Pass.whole(x, Mask.NONE))).check();
  }

  /** The reference has no positions: all tokens stand at 0, where nothing turns. */
  private static Rotation still(int headSize, Dtype dtype) {
    return new Rotary(RotaryConfig.plain(10_000), headSize, 1, Rotary.Layout.HALVES)
        .at(Tensor.zeros(Dtype.INT64, Device.CPU, 1, 1), 1, dtype);
  }

  /** From 512² scores on, attend takes the engine's fused kernel; weights never does. */
  @Test
  void groupsGoThroughTheFusedPathToo() {
    Randomness.seed(1);
    ScaledDotProduct kernel = new ScaledDotProduct();
    Tensor q = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1, 4, 512, 8).normal_(0, 1);
    Tensor k = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1, 2, 512, 8).normal_(0, 1);
    Tensor v = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1, 2, 512, 8).normal_(0, 1);
    Tensor product =
        kernel.weights(q, k, Mask.causal()).matmul(v.repeatInterleave(1, 2)); // (1, 4, 512, 8)
    assertClose("values", product, kernel.attend(q, k, v, Mask.causal()), 1e-5, 0);
  }
}
