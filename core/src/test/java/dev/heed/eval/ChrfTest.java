package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChrfTest {
  private static final Chrf.Options DEFAULT = Chrf.Options.DEFAULT;

  private static double score(Chrf.Options options, String hypothesis, String reference) {
    return new Chrf(options).sentence(hypothesis, List.of(reference)).score();
  }

  @Test
  void equalTextScoresOneHundredWhateverItsLength() {
    for (var text : List.of("z", "Two swans", "The tide is out; walk across.")) {
      assertEquals(100, score(DEFAULT, text, text), 1e-9);
      assertEquals(100, score(Chrf.Options.PLUS_PLUS, text, text), 1e-9);
    }
  }

  @Test
  void emptyOrUnlikeTextScoresZero() {
    assertEquals(0, score(DEFAULT, "", "reference"));
    assertEquals(0, score(DEFAULT, "", ""));
    assertEquals(0, score(DEFAULT, "xyz", "reference"));
    assertEquals(0, score(DEFAULT.withEpsSmoothing(true), "", "reference"), 1e-9);
  }

  @Test
  void whitespaceCountsOnlyOnRequest() {
    assertEquals(100, score(DEFAULT, "a b c", "abc"), 1e-9);
    assertEquals(
        100 * 3 / 5.0, precision(DEFAULT.withWhitespace(true).withCharOrder(1), "a b c", "abc"));
  }

  /** Of text whose recall is 1: F = (1 + β²)p / (β²p + 1), so p = F / (1 + β² − β²F). */
  private static double precision(Chrf.Options options, String hypothesis, String reference) {
    double f = score(options, hypothesis, reference) / 100;
    double factor = options.beta() * options.beta();
    return Math.rint(1e9 * 100 * f / (1 + factor - factor * f)) / 1e9;
  }

  @Test
  void charactersOutsideTheBasicPlaneAreOne() {
    assertEquals(score(DEFAULT, "xay", "xby"), score(DEFAULT, "x😀y", "x😁y"));
  }

  @Test
  void wordsLoseOneMarkOfPunctuation() {
    // Unigrams of words: {"(hi", ")"} against {"(hi", "!"}; of characters: ( h i match, ) does not.
    var options = DEFAULT.withCharOrder(1).withWordOrder(1);
    assertEquals(100 * (0.75 + 0.5) / 2, score(options, "(hi)", "(hi!"), 1e-9);
  }

  @Test
  void theBestReferenceCounts() {
    var chrf = new Chrf(DEFAULT);
    var best = chrf.sentence("a red kite", List.of("a blue kite", "a red kite", "kites"));
    assertEquals(100, best.score(), 1e-9);
    assertEquals(
        "nrefs:3|case:mixed|eff:yes|nc:6|nw:0|space:no|version:heed-" + Signature.VERSION,
        best.signature());
  }

  @Test
  void theNameTellsBetaAndWordOrder() {
    assertEquals("chrF2", new Chrf(DEFAULT).sentence("a", List.of("a")).name());
    var plus = DEFAULT.withBeta(3).withWordOrder(2);
    assertEquals("chrF3++", new Chrf(plus).sentence("a", List.of("a")).name());
  }

  @Test
  void mistakesAreNamed() {
    assertThrows(UserError.class, () -> DEFAULT.withCharOrder(0));
    assertThrows(UserError.class, () -> DEFAULT.withWordOrder(-1));
    assertThrows(UserError.class, () -> DEFAULT.withBeta(0));
    assertThrows(
        UserError.class, () -> new Chrf(DEFAULT).corpus(List.of("a"), List.of(List.of("a", "b"))));
  }
}
