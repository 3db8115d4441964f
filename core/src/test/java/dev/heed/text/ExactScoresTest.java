package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExactScoresTest {
  @Test
  void spellsNumbersSoThatTheyAreReadExactly() {
    var random = new Random(3);
    int usual = 0;
    int exact = 0;
    for (int i = 0; i < 10_000; i++) {
      double score = -20 * random.nextDouble();
      BigDecimal spelled = ExactScores.spell(score);
      if (ExactScores.read(new BigDecimal(Double.toString(score))) == score) usual++;
      if (ExactScores.read(spelled) == score) exact++;
      assertEquals(score, spelled.doubleValue(), 2 * Math.ulp(score));
    }
    assertTrue(usual < 9_000 && exact > 9_980, usual + " and " + exact + " read exactly");
  }
}
