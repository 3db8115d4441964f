package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BleuTest {
  private static final Bleu.Options DEFAULT = Bleu.Options.DEFAULT;
  private static final Bleu.Options SENTENCE = DEFAULT.withEffectiveOrder(true);

  @Test
  void aPerfectCorpusScoresOneHundred() {
    var lines = List.of("Two swans crossed the lake.", "Then it began to snow.");
    var score = new Bleu(DEFAULT).corpus(lines, List.of(lines));
    assertEquals(100, score.score(), 1e-9);
    assertEquals(List.of(12.0, 10.0, 8.0, 6.0), score.counts());
    assertEquals(score.counts(), score.totals());
    assertEquals(1, score.bp());
  }

  @Test
  void noMatchScoresZeroUnderEverySmoothing() {
    for (var smoothing :
        List.of(
            Bleu.Smoothing.NONE, Bleu.Smoothing.FLOOR, Bleu.Smoothing.ADD_K, Bleu.Smoothing.EXP)) {
      var score =
          new Bleu(SENTENCE.withSmoothing(smoothing)).sentence("five old oaks", List.of("rain"));
      assertEquals(0, score.score());
      assertEquals(List.of(3.0, 2.0, 1.0, 0.0), score.totals());
    }
  }

  @Test
  void emptyHypothesesHaveNoLengthAndTheFullBrevityPenalty() {
    var score =
        new Bleu(DEFAULT).corpus(List.of("", "  "), List.of(List.of("one line", "and another")));
    assertEquals(0, score.score());
    assertEquals(0, score.bp());
    assertEquals(0, score.sysLen());
    assertEquals(4, score.refLen());
  }

  @Test
  void emptyLinesOnBothSidesChangeNothing() {
    var with =
        new Bleu(DEFAULT)
            .corpus(
                List.of("the kettle is on the stove", ""),
                List.of(List.of("a kettle is on the stove", "")));
    var without =
        new Bleu(DEFAULT)
            .corpus(
                List.of("the kettle is on the stove"),
                List.of(List.of("a kettle is on the stove")));
    assertEquals(without, with);
  }

  @Test
  void aSingleTokenScoresOnlyUnderEffectiveOrder() {
    assertEquals(100, new Bleu(SENTENCE).sentence("yes", List.of("yes")).score(), 1e-9);
    assertEquals(0, new Bleu(DEFAULT).sentence("yes", List.of("yes")).score());
  }

  @Test
  void matchesAreClippedAtTheReferenceThatHasMost() {
    var score =
        new Bleu(DEFAULT.withMaxOrder(1)).sentence("so so so so", List.of("so it is", "so so"));
    assertEquals(List.of(2.0), score.counts());
    assertEquals(50, score.score(), 1e-9);
  }

  @Test
  void theClosestReferenceLengthCountsAndOfTwoTheShorter() {
    var bleu = new Bleu(DEFAULT);
    assertEquals(2, bleu.sentence("a b c", List.of("a b c d", "a b")).refLen());
    assertEquals(4, bleu.sentence("a b c", List.of("a", "a b c d")).refLen());
  }

  @Test
  void exponentialSmoothingHalvesForEachOrderWithoutAMatch() {
    // Unigrams 3 of 4; bigrams 0 of 3 → 1/2 of one; trigrams 0 of 2 → 1/4; 4-grams 0 of 1 → 1/8.
    var score = new Bleu(DEFAULT).sentence("c b a x", List.of("a b c y"));
    assertEquals(List.of(75.0, 100 / 6.0, 12.5, 12.5), score.precisions());
    var summed = Math.log(75) + Math.log(100 / 6.0) + 2 * Math.log(12.5);
    assertEquals(Math.exp(summed / 4), score.score(), 1e-9);
  }

  @Test
  void tokenizersSplitAsTheirScriptsDo() {
    assertEquals(
        List.of("It", "'s", "$", "3.50", ",", "no", "?"), words("13a", "It 's $3.50, no?"));
    assertEquals(List.of("2019", "-", "20", "<", "x", "."), words("13a", "2019-20 &lt; x."));
    assertEquals(List.of("«", "oui", "»", "5", "€"), words("intl", "«oui» 5€"));
    assertEquals(List.of("猫", "が", "a", "."), words("char", "猫が a."));
    assertEquals(List.of("猫", "と", "狗", "and", "1.5"), words("zh", "猫と狗and 1.5"));
    assertEquals(List.of("a.", "b"), words("none", " a.\u00a0b\t"));
    for (var tokenizer : BleuTokenizer.values()) {
      assertEquals(List.of(), tokenizer.tokenize(""));
      assertEquals(tokenizer, BleuTokenizer.of(tokenizer.id()));
    }
  }

  private static List<String> words(String tokenizer, String line) {
    return BleuTokenizer.of(tokenizer).tokenize(line);
  }

  @Test
  void lowercaseFollowsUnicodeForTheFinalSigma() {
    assertEquals("οδός-μας σ' ας", Lowercase.of("ΟΔΌΣ-ΜΑΣ Σ' ΑΣ"));
    assertEquals("ο.σ.ε", Lowercase.of("Ο.Σ.Ε"));
    assertEquals("straße", Lowercase.of("STRAßE"));
  }

  @Test
  void theSignatureNamesTheOptionsAndTheProjectsVersion() throws Exception {
    var options =
        DEFAULT
            .withLowercase(true)
            .withSmoothing(new Bleu.Smoothing(Bleu.SmoothingMethod.FLOOR, 0.125));
    assertEquals(
        "nrefs:2|case:lc|eff:no|tok:13a|smooth:floor[0.12]|version:heed-" + Signature.VERSION,
        new Bleu(options).sentence("a", List.of("a", "b")).signature());
    assertTrue(
        Files.readString(Path.of("pom.xml"))
            .contains("<version>" + Signature.VERSION + "</version>"));
  }

  @Test
  void mistakesAreNamed() {
    var bleu = new Bleu(DEFAULT);
    var error =
        assertThrows(
            UserError.class,
            () -> bleu.corpus(List.of("a", "b"), List.of(List.of("a", "b"), List.of("a"))));
    assertTrue(error.getMessage().contains("Reference set 2 has 1 lines"), error.getMessage());
    assertThrows(UserError.class, () -> bleu.corpus(List.of(), List.of(List.of())));
    assertThrows(UserError.class, () -> bleu.sentence("a", List.of()));
    assertThrows(UserError.class, () -> DEFAULT.withMaxOrder(0));
    assertThrows(UserError.class, () -> new Bleu.Smoothing(Bleu.SmoothingMethod.FLOOR, -1));
    assertThrows(UserError.class, () -> new Bleu.Smoothing(Bleu.SmoothingMethod.EXP, 0.5));
    assertThrows(UserError.class, () -> BleuTokenizer.of("13b"));
  }
}
