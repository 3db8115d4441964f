package dev.heed.nn;

import dev.heed.OracleCases;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link PairPooling} against the reference. */
final class PairPoolingTest {
  static List<OracleCases.Case> cases() {
    return OracleCases.of("oracle/efficient_funnel");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(OracleCases.Case fixture) {
    boolean separate = fixture.name().contains("cls");
    PairPooling pooling = new PairPooling(PairPooling.Kind.MEAN, separate, false);
    OracleCases.assertClose(
        "pooled", fixture.out("pooled"), pooling.vectors(fixture.in("h")), 1e-12, 1e-12);
  }
}
