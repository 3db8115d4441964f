package dev.heed.position;

import dev.heed.Parity;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class AlibiTest {
  static Stream<Parity> slopes() {
    return Parity.of("oracle/position_alibi", name -> name.startsWith("slopes"));
  }

  @ParameterizedTest
  @MethodSource("slopes")
  void slopesEqualTheReference(Parity parity) {
    double[] slopes = Alibi.slopes(parity.setting("heads"), Alibi.MAX);
    parity.out("slopes", Tensor.of(slopes, slopes.length).to(parity.dtype())).check();
  }

  static Stream<Parity> attention() {
    return Parity.of("oracle/position_alibi", name -> name.startsWith("attention"));
  }

  @ParameterizedTest
  @MethodSource("attention")
  void attentionEqualsTheReference(Parity parity) {
    Tensor q = parity.in("q"); // (B, H, N, Dh)
    Tensor k = parity.in("k");
    Pass pass = Pass.whole(q.select(3, 0).select(1, 0), Mask.NONE); // of (B, N)
    Alibi alibi = new Alibi((int) q.size(1), Alibi.MAX);
    Mask mask = pass.mask().plus(alibi.bias(pass.keyPositions(), pass.length(), parity.dtype()));
    ScaledDotProduct kernel = new ScaledDotProduct();
    parity
        .out("out", kernel.attend(q, k, parity.in("v"), mask))
        .out("weights", kernel.weights(q, k, mask))
        .check();
  }
}
