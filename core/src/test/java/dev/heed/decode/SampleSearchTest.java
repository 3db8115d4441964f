package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleSearchTest {
  private static final SpecialTokens SPECIAL = new SpecialTokens(0, 1, 0);

  private static DecodeConfig config(int samples, int topK) {
    return new DecodeConfig(
        1,
        samples,
        LengthPenalty.PLAIN,
        1,
        9,
        0,
        100,
        0,
        true,
        StopBound.EXACT,
        true,
        0,
        1,
        new Sampling(true, 1, topK, 1, 0, 1, 0));
  }

  private static List<Start> starts(int length, long... seeds) {
    return Arrays.stream(seeds)
        .mapToObj(seed -> new Start(new int[0], length, seed, Start.Stop.NEVER))
        .toList();
  }

  private static List<List<Hypothesis>> search(
      TestStepper.Scores scores, int vocabulary, List<Start> starts, DecodeConfig config) {
    var stepper = new TestStepper(starts.size(), config.nBest(), vocabulary, scores);
    return Search.search(stepper, SPECIAL, starts, config);
  }

  /** χ² of one draw of four tokens: 16.3 is exceeded once in a thousand times (3 degrees). */
  @Test
  void drawsAsOftenAsIsProbable() {
    double[] p = {0.1, 0.2, 0.3, 0.4};
    TestStepper.Scores scores =
        (row, history) -> {
          double[] logits = new double[6];
          Arrays.fill(logits, Double.NEGATIVE_INFINITY);
          for (int i = 0; i < p.length; i++) logits[i + 2] = Math.log(p[i]);
          return logits;
        };
    int draws = 4000;
    int[] counts = new int[4];
    for (Hypothesis one : search(scores, 6, starts(1, 5), config(draws, 0)).get(0))
      counts[one.tokens()[0] - 2]++;
    double chi = 0;
    for (int i = 0; i < 4; i++) chi += Math.pow(counts[i] - draws * p[i], 2) / (draws * p[i]);
    assertEquals(0, chi, 16.3);
  }

  @Test
  void whatIsDrawnHangsOnTheSeedAlone() {
    var scores = TestStepper.random(8, 3, 4, 5);
    var together = search(scores, 8, starts(9, 1, 2, 3), config(2, 0));
    for (int row = 0; row < 3; row++) {
      int here = row;
      TestStepper.Scores own = (r, history) -> scores.next(here, history);
      var alone = search(own, 8, starts(9, row + 1), config(2, 0)).get(0);
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(together.get(row).get(i).tokens(), alone.get(i).tokens());
        assertEquals(together.get(row).get(i).score(), alone.get(i).score(), 1e-12);
      }
    }
    List<String> drawn = new ArrayList<>();
    for (long seed = 0; seed < 5; seed++)
      drawn.add(
          Arrays.toString(
              search(scores, 8, starts(9, seed, 0, 0), config(1, 0)).get(0).get(0).tokens()));
    assertFalse(drawn.stream().distinct().count() == 1, "another seed draws something else");
  }

  @Test
  void theMostProbableAloneIsGreedy() {
    var scores = TestStepper.random(8, 3);
    var greedy =
        Search.search(
            new TestStepper(1, 1, 8, scores),
            SPECIAL,
            new int[] {9},
            DecodeConfig.DEFAULT.withBeam(1, 1));
    var drawn = search(scores, 8, starts(9, 1), config(1, 1));
    assertArrayEquals(greedy.get(0).get(0).tokens(), drawn.get(0).get(0).tokens());
  }

  @Test
  void aStopEndsAHypothesis() {
    var scores = TestStepper.random(8, 3);
    var start = new Start(new int[0], 9, 1, (hypothesis, tokens) -> tokens.length == 2);
    for (Hypothesis one : search(scores, 8, List.of(start), config(3, 0)).get(0))
      assertEquals(one.end().isPresent() ? one.tokens().length : 2, one.tokens().length);
    var beam = new TestStepper(1, 2, 8, scores);
    var found = Search.search(beam, SPECIAL, List.of(start), DecodeConfig.DEFAULT.withBeam(2, 2));
    for (Hypothesis one : found.get(0))
      assertEquals(one.end().isPresent() ? one.tokens().length : 2, one.tokens().length);
  }

  @Test
  void refusesWhatCannotBeDrawnFrom() {
    for (String name : List.of("temperature", "topK", "topP", "minP", "typicalP")) {
      var error =
          assertThrows(
              UserError.class,
              () ->
                  new Sampling(
                      true,
                      name.equals("temperature") ? 0 : 1,
                      name.equals("topK") ? -1 : 0,
                      name.equals("topP") ? 0 : 1,
                      name.equals("minP") ? 2 : 0,
                      name.equals("typicalP") ? 0 : 1,
                      0));
      assertEquals(name, error.getMessage().split(" ")[0]);
    }
  }
}
