package dev.heed.position;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.Parity;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RotaryTest {
  static Stream<Parity> published() {
    return Parity.of("oracle/position_rope");
  }

  @ParameterizedTest
  @MethodSource("published")
  void equalsTheReference(Parity parity) {
    var layout =
        parity.name().contains("interleaved") ? Rotary.Layout.INTERLEAVED : Rotary.Layout.HALVES;
    var config = RotaryConfig.plain(parity.constant("base").item());
    Rotary rotary = new Rotary(config, parity.setting("rotary_dim"), 1, layout);
    Tensor positions = parity.constant("positions"); // (N)
    long length = 1 + (long) positions.max().item();
    Rotation rotation = rotary.at(positions.unsqueeze(0), length, parity.dtype());
    Tensor x = parity.in("x").transpose(1, 2); // (B, N, H, d)
    parity.out("out", rotation.turn(x).transpose(1, 2)).check();
  }

  /** What RoPE is for: a product of a query and a key knows their distance alone. */
  @Test
  void productsDependOnDistancesAlone() {
    for (var layout : Rotary.Layout.values()) {
      Rotary rotary = new Rotary(RotaryConfig.plain(100), 6, 16, layout);
      Tensor q = Tensor.of(new double[] {1, -2, 3, .5, 2, -1, 4, 7}, 1, 1, 1, 8);
      Tensor k = Tensor.of(new double[] {2, 1, -1, 3, -.5, 2, 1, 2}, 1, 1, 1, 8);
      Tensor near = at(rotary, 7).turn(q).mul(at(rotary, 4).turn(k)).sum();
      Tensor far = at(rotary, 1003).turn(q).mul(at(rotary, 1000).turn(k)).sum();
      Tensor other = at(rotary, 7).turn(q).mul(at(rotary, 5).turn(k)).sum();
      assertClose(layout + ": the same distance", near, far, 1e-9, 0);
      assertThrows(
          AssertionError.class,
          () -> assertClose("another distance", near, other, 1e-2, 0),
          layout.name());
    }
  }

  private static Rotation at(Rotary rotary, int place) {
    Tensor places = Tensor.arange(1, Device.CPU).add(place).to(Dtype.INT64).unsqueeze(0); // (1, 1)
    return rotary.at(places, place + 1L, Dtype.FLOAT64);
  }

  @Test
  void aScalingNamesWhatItLacks() {
    OptionalDouble none = OptionalDouble.empty();
    var config =
        new RotaryConfig(
            RotaryConfig.Scaling.LLAMA3,
            10_000,
            none,
            OptionalDouble.of(8),
            OptionalInt.empty(),
            OptionalDouble.of(1),
            none,
            none,
            none,
            none,
            none,
            none,
            true);
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> new Rotary(config, 8, 16, Rotary.Layout.HALVES));
    assertEquals(
        "rope_parameters lack high_freq_factor, which rope_type \"llama3\" needs",
        error.getMessage());
  }
}
