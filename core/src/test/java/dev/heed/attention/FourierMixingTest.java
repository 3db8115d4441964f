package dev.heed.attention;

import dev.heed.Parity;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link FourierMixing} against the reference. */
final class FourierMixingTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_fnet");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    parity.out("out", new FourierMixing().forward(parity.in("x"))).check();
  }
}
