package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Each way alone: what of the text is still there, and how much of it. */
class DenoisingTest {
  private static final int MASK = 4;
  private static final int STOP = 5;

  /** Ids that all differ, but for a full stop after every seventh. */
  private static int[] text(int tokens) {
    return IntStream.range(0, tokens).map(i -> i % 7 == 6 ? STOP : 10 + i).toArray();
  }

  private static int[] damaged(Denoising denoising, int[] text, long seed) {
    return denoising.apply(text, MASK, id -> id == STOP, new Random(seed));
  }

  private static long masks(int[] ids) {
    return Arrays.stream(ids).filter(id -> id == MASK).count();
  }

  @Property(tries = 100)
  void permutedSentencesAreTheSameSentences(
      @ForAll @IntRange(min = 1, max = 200) int tokens, @ForAll long seed) {
    int[] ids = damaged(new Denoising(1, 0, 3, 0, 0, 0), text(tokens), seed);
    assertEquals(sorted(text(tokens)), sorted(ids));
  }

  /** The unfinished one at the end may come before a full sentence; then they read as one. */
  private static List<String> sorted(int[] ids) {
    return Denoising.sentences(ids, id -> id == STOP).stream()
        .flatMap(sentence -> halves(sentence).stream())
        .map(Arrays::toString)
        .sorted()
        .toList();
  }

  /** A sentence's ids follow each other; where they don't, another begins. */
  private static List<int[]> halves(int[] ids) {
    for (int i = 1; i < ids.length; i++)
      if (ids[i] != STOP && ids[i] != ids[i - 1] + 1)
        return List.of(Arrays.copyOf(ids, i), Arrays.copyOfRange(ids, i, ids.length));
    return List.of(ids);
  }

  @Example
  void onlyTheShareChangesPlaces() {
    int[] text = text(70); // ten sentences
    int moved = 0;
    for (int seed = 0; seed < 200; seed++) {
      int[] ids = damaged(new Denoising(0.3, 0, 3, 0, 0, 0), text, seed);
      int places = 0;
      for (int from = 0; from < 70; from += 7) places += ids[from] == text[from] ? 0 : 1;
      assertTrue(places <= 3, "three of ten at most");
      moved += places;
    }
    assertEquals(2, moved / 200.0, 0.2); // of three, one stays on average
  }

  @Property(tries = 300)
  void infillingTakesTheShareAndKeepsTheRestInOrder(
      @ForAll @IntRange(min = 1, max = 300) int tokens,
      @ForAll @DoubleRange(min = 0.01, max = 1) double share,
      @ForAll @DoubleRange(min = 1, max = 6) double length,
      @ForAll long seed) {
    int[] text = text(tokens);
    int[] ids = damaged(new Denoising(0, share, length, 0, 0, 0), text, seed);
    int gone = (int) Math.ceil(share * tokens);
    assertTrue(ids.length <= tokens, "a text doesn't grow");
    assertTrue(masks(ids) >= 1);
    assertEquals(tokens - gone + masks(ids), ids.length);
    assertSubsequence(Arrays.stream(ids).filter(id -> id != MASK).toArray(), text);
  }

  private static void assertSubsequence(int[] part, int[] whole) {
    int at = 0;
    for (int id : part) {
      while (at < whole.length && whole[at] != id) at++;
      assertTrue(at++ < whole.length, "order");
    }
  }

  @Example
  void spansArePoisson() {
    Random random = new Random(3);
    int[] counts = new int[20];
    int spans = 0;
    for (int i = 0; i < 400; i++) {
      List<Integer> lengths = new Denoising(0, 0.3, 3, 0, 0, 0).spans(300, random);
      assertEquals(300, lengths.stream().mapToInt(Integer::intValue).sum());
      spans += lengths.size();
      for (int length : lengths) counts[length]++;
    }
    double expected = Math.exp(-3); // P(0); then P(k) = P(k − 1) · 3/k
    for (int k = 0; k < 8; k++) {
      assertEquals(expected, counts[k] / (double) spans, 0.01, "length " + k);
      expected *= 3.0 / (k + 1);
    }
    assertEquals(3, 400 * 300 / (double) spans, 0.05);
  }

  @Example
  void maskingAndDeletingTakeTheirShares() {
    int[] text = text(20_000);
    int[] masked = damaged(new Denoising(0, 0, 3, 0.2, 0, 0), text, 1);
    assertEquals(text.length, masked.length);
    assertEquals(0.2, masks(masked) / 20_000.0, 0.01);
    for (int i = 0; i < text.length; i++) assertTrue(masked[i] == MASK || masked[i] == text[i]);
    int[] shorter = damaged(new Denoising(0, 0, 3, 0, 0.2, 0), text, 1);
    assertEquals(0.8, shorter.length / 20_000.0, 0.01);
    assertSubsequence(shorter, text);
  }

  @Property(tries = 50)
  void aRotatedTextGoesOnAtItsBeginning(
      @ForAll @IntRange(min = 1, max = 50) int tokens, @ForAll long seed) {
    int[] text = IntStream.range(10, 10 + tokens).toArray();
    int[] ids = damaged(new Denoising(0, 0, 3, 0, 0, 1), text, seed);
    int first = ids[0] - 10;
    int[] back = IntStream.range(0, tokens).map(i -> ids[(i + tokens - first) % tokens]).toArray();
    assertArrayEquals(text, back);
  }

  @Example
  void somethingMustBeDamaged() {
    assertThrows(IllegalArgumentException.class, () -> new Denoising(0, 0, 3, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Denoising(0, 1.5, 3, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Denoising(0, 0.3, 0, 0, 0, 0));
  }
}
