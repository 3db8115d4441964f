package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccuracyTest {
  @Test
  void classesAreCountedApart() {
    var score = Accuracy.of(List.of("a", "b", "a", "c"), List.of("a", "a", "b", "a"));
    assertEquals(0.25, score.accuracy());
    assertEquals(
        Map.of("a", new Overlap(1, 2, 3), "b", new Overlap(0, 1, 1), "c", new Overlap(0, 1, 0)),
        score.classes());
    assertEquals(2 * (0.5 / 3) / (0.5 + 1.0 / 3) / 3, score.macroF1(), 1e-15);
  }

  @Test
  void allRightIsOne() {
    var score = Accuracy.of(List.of("x", "y"), List.of("x", "y"));
    assertEquals(1, score.accuracy());
    assertEquals(1, score.macroF1());
  }

  @Test
  void unequalNumbersAreRefused() {
    assertThrows(UserError.class, () -> Accuracy.of(List.of("a"), List.of("a", "b")));
    assertThrows(UserError.class, () -> Accuracy.of(List.of(), List.of()));
  }
}
