package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleFile;
import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PerplexityTest {
  private static final OracleFile ORACLE = OracleFile.read("oracle/metrics_perplexity");

  @Test
  void corpusFiguresEqualTheFixture() {
    for (var name : ORACLE.casesWith("in.token_logp")) {
      var logp = ORACLE.doubles(name + "/in.token_logp");
      var counted = ORACLE.booleans(name + "/in.mask");
      int rows = ORACLE.shape(name + "/in.token_logp")[0];
      int columns = logp.length / rows;
      var perplexity = Perplexity.EMPTY;
      for (int row = 0; row < rows; row++) {
        var scored =
            IntStream.range(row * columns, (row + 1) * columns).filter(i -> counted[i]).toArray();
        perplexity =
            perplexity.plus(-Arrays.stream(scored).mapToDouble(i -> logp[i]).sum(), scored.length);
      }
      long words = ORACLE.longs(name + "/in.n_words")[0];
      long bytes = ORACLE.longs(name + "/in.n_bytes")[0];
      check(name, "nll", perplexity.nll());
      check(name, "perplexity", perplexity.perplexity());
      check(name, "word_perplexity", perplexity.wordPerplexity(words));
      check(name, "bits_per_byte", perplexity.bitsPerByte(bytes));
    }
  }

  private static void check(String name, String figure, double actual) {
    double expected = ORACLE.doubles(name + "/out." + figure)[0];
    assertEquals(expected, actual, 1e-9 * Math.abs(expected), name + " " + figure);
  }

  @Test
  void windowsEqualTheFixture() {
    for (var name : ORACLE.casesWith("out.windows")) {
      var settings = ORACLE.longs(name + "/in.settings");
      var windows =
          Perplexity.windows((int) settings[0], (int) settings[1], (int) settings[2]).stream()
              .flatMap(w -> IntStream.of(w.start(), w.end(), w.firstTarget()).boxed())
              .toList();
      var expected =
          Arrays.stream(ORACLE.longs(name + "/out.windows")).mapToObj(i -> (int) i).toList();
      assertEquals(expected, windows, name);
    }
  }

  @Property
  void windowsScoreEachTokenButTheFirstOnce(
      @ForAll @IntRange(min = 1, max = 60) int length,
      @ForAll @IntRange(min = 1, max = 20) int window,
      @ForAll @IntRange(min = 1, max = 20) int stride) {
    stride = Math.min(stride, window);
    int scored = 1;
    for (var w : Perplexity.windows(length, window, stride)) {
      assertEquals(scored, w.firstTarget());
      assertTrue(w.start() <= scored && w.end() <= length && w.end() - w.start() <= window);
      scored = w.end();
    }
    assertEquals(length, scored);
  }

  @Test
  void uniformGuessesGiveTheVocabularySize() {
    assertEquals(32, Perplexity.EMPTY.plus(5 * Math.log(32), 5).perplexity(), 1e-12);
    assertEquals(5, Perplexity.EMPTY.plus(5 * Math.log(2), 9).bitsPerByte(1), 1e-12);
  }

  @Test
  void emptyTextAndBadStridesAreErrors() {
    assertThrows(UserError.class, Perplexity.EMPTY::perplexity);
    assertThrows(UserError.class, () -> Perplexity.EMPTY.wordPerplexity(0));
    assertThrows(UserError.class, () -> Perplexity.windows(0, 8, 4));
    assertThrows(UserError.class, () -> Perplexity.windows(20, 8, 0));
    assertThrows(UserError.class, () -> Perplexity.windows(20, 8, 9));
  }
}
