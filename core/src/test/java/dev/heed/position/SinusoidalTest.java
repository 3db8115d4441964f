package dev.heed.position;

import static dev.heed.OracleCases.assertClose;

import dev.heed.OracleCases;
import dev.heed.OracleCases.Case;
import dev.heed.tensor.Device;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class SinusoidalTest {
  static List<Case> published() {
    return OracleCases.of("oracle/position_sinusoidal");
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Case fixture) {
    long[] size = fixture.in("size").toLongs(); // positions, width
    var order =
        fixture.name().startsWith("split") ? Sinusoidal.Order.SPLIT : Sinusoidal.Order.INTERLEAVED;
    var table = Sinusoidal.table((int) size[0], (int) size[1], order, Device.CPU);
    assertClose(
        "table", fixture.out("table"), table, 1e-7, 0); // half a unit in float32's last place
  }
}
