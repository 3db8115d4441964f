package dev.heed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OracleCasesTest {
  @Test
  void casesOfAFixture() {
    List<OracleCases.Case> cases = OracleCases.of("oracle/attention_sdpa");
    assertTrue(cases.stream().anyMatch(c -> c.has("in.q") && c.has("grad.q")));
    OracleCases.Case first = cases.get(0);
    assertEquals(4, first.in("q").dims());
    assertArrayEquals(first.out("out").shape(), first.cot("out").shape());
    assertTrue(first.names("out").contains("weights"));
    assertThrows(AssertionError.class, () -> first.in("absent"));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, true",
    "100, 101, true",
    "100, 103, false",
    "0, 0.009, true",
    "0, 0.011, false",
    "NaN, 1, false",
    "1, NaN, false",
    "NaN, NaN, true",
    "Infinity, Infinity, true",
    "Infinity, 1, false",
    "1, Infinity, false"
  })
  void closeness(double expected, double actual, boolean close) {
    Tensor a = Tensor.of(new double[] {expected}, 1);
    Tensor b = Tensor.of(new double[] {actual}, 1);
    if (close) OracleCases.assertClose("values", a, b, 0.01, 0.01);
    else {
      var error =
          assertThrows(
              AssertionError.class, () -> OracleCases.assertClose("values", a, b, 0.01, 0.01));
      assertTrue(error.getMessage().contains("largest difference"), error.getMessage());
    }
  }

  @Test
  void shapesMustAgree() {
    Tensor row = Tensor.of(new double[] {1, 2}, 1, 2);
    Tensor column = Tensor.of(new double[] {1, 2}, 2, 1);
    assertThrows(
        AssertionError.class, () -> OracleCases.assertClose("shape", row, column, 1e9, 1e9));
  }
}
