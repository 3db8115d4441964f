package dev.heed.decode;

import static dev.heed.decode.ReferenceSearch.BOS;
import static dev.heed.decode.ReferenceSearch.EOS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SearchTest {
  private static final SpecialTokens PLAIN = new SpecialTokens(BOS, EOS);
  private static final SpecialTokens NO_BOS = new SpecialTokens(BOS, EOS, BOS);

  private static DecodeConfig config(
      int beam, int nBest, LengthPenalty penalty, double alpha, int ngram, boolean earlyStop) {
    return new DecodeConfig(beam, nBest, penalty, alpha, 256, 1, 50, ngram, earlyStop);
  }

  private static DecodeConfig beam(int beam, int ngram) {
    return config(beam, beam, LengthPenalty.GNMT, 0.6, ngram, false);
  }

  private static List<Hypothesis> one(
      TestStepper.Scores scores,
      int vocabulary,
      SpecialTokens special,
      int length,
      DecodeConfig config) {
    var stepper = new TestStepper(1, config.beam(), vocabulary, scores);
    return BeamSearch.search(stepper, special, Start.of(length), config).get(0);
  }

  private static void same(List<Hypothesis> expected, List<Hypothesis> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < found.size(); i++) {
      assertArrayEquals(expected.get(i).tokens(), found.get(i).tokens());
      assertEquals(expected.get(i).logProbability(), found.get(i).logProbability(), 1e-9);
      assertEquals(expected.get(i).score(), found.get(i).score(), 1e-9);
    }
  }

  @Property(tries = 100)
  void equalsTheAlgorithmWrittenOut(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 5) int beam,
      @ForAll @IntRange(min = 1, max = 5) int nBest,
      @ForAll @IntRange(min = 2, max = 9) int vocabulary,
      @ForAll @IntRange(min = 1, max = 9) int length,
      @ForAll LengthPenalty penalty,
      @ForAll @DoubleRange(min = 0, max = 2) double alpha,
      @ForAll boolean earlyStop) {
    var scores = TestStepper.random(vocabulary, seed);
    var config = config(beam, Math.min(beam, nBest), penalty, alpha, 0, earlyStop);
    same(
        ReferenceSearch.beam(scores, 0, length, config),
        one(scores, vocabulary, PLAIN, length, config));
  }

  @Property(tries = 30)
  void aBeamWithRoomForAllIsExhaustive(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 4) int vocabulary,
      @ForAll @IntRange(min = 1, max = 4) int length,
      @ForAll LengthPenalty penalty) {
    var scores = TestStepper.random(vocabulary, seed);
    int all = (int) Math.pow(vocabulary, length);
    var config = config(all, Math.min(all, 10), penalty, 0.8, 0, false);
    same(
        ReferenceSearch.exhaustive(scores, 0, length, 10, config),
        one(scores, vocabulary, PLAIN, length, config));
  }

  @Property(tries = 20)
  void rowsDoNotInfluenceEachOther(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 6) int rows,
      @ForAll @IntRange(min = 1, max = 4) int beam,
      @ForAll @IntRange(min = 0, max = 3) int ngram,
      @ForAll boolean earlyStop) {
    Random random = new Random(seed);
    long[] seeds = random.longs(rows).toArray();
    int[] lengths = random.ints(rows, 1, 12).toArray();
    var config = config(beam, beam, LengthPenalty.GNMT, 0.6, ngram, earlyStop);
    var stepper = new TestStepper(rows, beam, 150, TestStepper.random(150, seeds));
    var together = Search.search(stepper, NO_BOS, lengths, config);
    for (int row = 0; row < rows; row++) {
      var alone = new TestStepper(1, beam, 150, TestStepper.random(150, seeds[row]));
      same(
          Search.search(alone, NO_BOS, new int[] {lengths[row]}, config).get(0), together.get(row));
    }
  }

  @Test
  void finishedRowsLeaveTheBatch() {
    long[] seeds = {1, 2, 3, 4};
    var stepper = new TestStepper(4, 2, 6, TestStepper.random(6, seeds));
    BeamSearch.search(stepper, PLAIN, Start.of(2, 5, 1, 3), beam(2, 0));
    assertEquals(4, stepper.batches.get(0));
    assertEquals(3, stepper.batches.get(1));
    assertTrue(stepper.batches.size() <= 5);
    for (int i = 1; i < stepper.batches.size(); i++)
      assertTrue(stepper.batches.get(i) <= Math.max(1, 4 - i));
  }

  @Property(tries = 60)
  void hypothesesKeepTheirPromises(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int beam,
      @ForAll @IntRange(min = 1, max = 3) int ngram,
      @ForAll @IntRange(min = 1, max = 15) int length) {
    var scores = TestStepper.random(4, seed);
    var config = beam(beam, ngram);
    List<Hypothesis> found = one(scores, 4, NO_BOS, length, config);
    assertFalse(found.isEmpty());
    for (int i = 1; i < found.size(); i++)
      assertTrue(found.get(i - 1).score() >= found.get(i).score());
    for (Hypothesis hypothesis : found) {
      int[] tokens = hypothesis.tokens();
      assertTrue(tokens.length + 1 <= length);
      assertNoRepeats(tokens, ngram);
      List<Integer> history = new ArrayList<>(List.of(BOS));
      double sum = 0;
      for (int i = 0; i <= tokens.length; i++) {
        int token = i < tokens.length ? tokens[i] : EOS;
        assertTrue(token != BOS && (token != EOS || i == tokens.length));
        sum += ReferenceSearch.logSoftmax(scores.next(0, history))[token];
        history.add(token);
      }
      assertEquals(sum, hypothesis.logProbability(), 1e-9);
      assertEquals(sum / Math.pow((6 + tokens.length) / 6.0, 0.6), hypothesis.score(), 1e-9);
    }
  }

  private static void assertNoRepeats(int[] tokens, int ngram) {
    Set<List<Integer>> seen = new HashSet<>();
    for (int i = 0; i + ngram <= tokens.length; i++)
      assertTrue(
          seen.add(Arrays.stream(tokens, i, i + ngram).boxed().toList()), Arrays.toString(tokens));
  }

  /** Greedy takes the best allowed token each time, and a beam of 1 its first ending. */
  @Property(tries = 60)
  void aBeamOfOneIsGreedy(@ForAll long seed, @ForAll @IntRange(min = 0, max = 2) int ngram) {
    var scores = TestStepper.random(5, seed);
    int length = 40;
    var config = config(1, 1, LengthPenalty.PLAIN, 1, ngram, true);
    var greedy =
        Search.search(new TestStepper(1, 1, 5, scores), NO_BOS, new int[] {length}, config).get(0);
    assertEquals(1, greedy.size());
    int[] tokens = greedy.get(0).tokens();
    assertTrue(tokens.length <= length);
    if (ngram > 0) assertNoRepeats(tokens, ngram);
    if (tokens.length < length) same(one(scores, 5, NO_BOS, length, config), greedy);
  }

  @Test
  void greedyStopsAtTheLengthWithoutAnEnd() {
    TestStepper.Scores onward = (row, history) -> new double[] {0, 0, 3, 2};
    var config = DecodeConfig.DEFAULT.withBeam(1, 1);
    var found =
        Search.search(new TestStepper(1, 1, 4, onward), PLAIN, new int[] {3}, config).get(0).get(0);
    assertArrayEquals(new int[] {2, 2, 2}, found.tokens());
    double each = ReferenceSearch.logSoftmax(new double[] {0, 0, 3, 2})[2];
    assertEquals(3 * each, found.logProbability(), 1e-9);
    assertEquals(3 * each / Math.pow(8 / 6.0, 0.6), found.score(), 1e-9);
  }

  @Test
  void withoutAnyPossibleTokenASearchEnds() {
    TestStepper.Scores onlyBanned =
        (row, history) -> new double[] {0, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
    int[] lengths = {4};
    var greedy =
        Search.search(
            new TestStepper(1, 1, 3, onlyBanned),
            NO_BOS,
            lengths,
            DecodeConfig.DEFAULT.withBeam(1, 1));
    assertEquals(0, greedy.get(0).get(0).tokens().length);
    assertEquals(List.of(), one(onlyBanned, 3, NO_BOS, 4, beam(2, 0)));
  }

  @Test
  void stepsAreFreedAndNeedNoGradient() {
    TestStepper.Scores scores =
        (row, history) -> {
          var leaf = Tensor.of(new float[] {1}, 1).requiresGrad(true);
          assertFalse(leaf.mul(2).requiresGrad());
          return new double[] {0, 1, 2};
        };
    var stepper = new TestStepper(1, 2, 3, scores);
    BeamSearch.search(stepper, PLAIN, Start.of(3), beam(2, 0));
    for (Tensor logits : stepper.made) assertThrows(RuntimeException.class, logits::toDoubles);
  }

  @Test
  void refusesAStepperOfAnotherShape() {
    var scores = TestStepper.random(4, 1, 2);
    int[] two = {3, 3};
    for (var stepper : List.of(new TestStepper(2, 3, 4, scores), new TestStepper(1, 2, 4, scores)))
      assertThrows(
          IllegalArgumentException.class,
          () -> BeamSearch.search(stepper, PLAIN, Start.of(two), beam(2, 0)));
    assertThrows(IllegalArgumentException.class, () -> one(scores, 4, PLAIN, 0, beam(2, 0)));
    assertThrows(IllegalArgumentException.class, () -> new SpecialTokens(BOS, EOS, EOS));
  }
}
