package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExactMatchTest {
  @Test
  void isTheShareOfLinesEqualToSomeReference() {
    var hypotheses = List.of("up", "Down", "", "left ");
    assertEquals(0.5, ExactMatch.corpus(hypotheses, List.of(List.of("up", "down", "", "left"))));
    assertEquals(
        0.75,
        ExactMatch.corpus(
            hypotheses, List.of(List.of("up", "down", "", "left"), List.of("", "Down", "", ""))));
  }

  @Test
  void lengthsThatDifferAreNamed() {
    assertThrows(UserError.class, () -> ExactMatch.corpus(List.of("a"), List.of(List.of())));
  }
}
