package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SpanCorruptionTest {
  private static final int END = 1;
  private static final int SENTINELS = 10_000; // the first; they go down, as T5's

  private static dev.heed.data.Example corrupt(SpanCorruption spans, int tokens, long seed) {
    int[] ids = IntStream.range(2, 2 + tokens).toArray();
    return spans.apply(
        new dev.heed.data.Example(ids, ids, 7), i -> SENTINELS - i, END, new Random(seed));
  }

  private static boolean isSentinel(int id) {
    return id > 2000;
  }

  @Property(tries = 300)
  void sourceAndTargetMakeTheWholeTextAgain(
      @ForAll @IntRange(min = 2, max = 700) int tokens,
      @ForAll @DoubleRange(min = 0.01, max = 0.9) double density,
      @ForAll @DoubleRange(min = 1, max = 8) double length,
      @ForAll long seed) {
    SpanCorruption spans = new SpanCorruption(density, length);
    dev.heed.data.Example corrupted = corrupt(spans, tokens, seed);
    int[] source = corrupted.source();
    int[] target = corrupted.target();
    assertEquals(7, corrupted.number());
    assertEquals(spans.target(tokens), target.length);
    IntStream.Builder whole = IntStream.builder();
    int at = 0;
    int span = 0;
    for (int i = 0; i < source.length - 1; i++) {
      if (!isSentinel(source[i])) {
        whole.add(source[i]);
        continue;
      }
      assertTrue(i > 0 && !isSentinel(source[i - 1]), "something stands before each span");
      assertEquals(SENTINELS - span++, source[i], "sentinels in order");
      assertEquals(source[i], target[at++], "the target tells them in order too");
      assertTrue(!isSentinel(target[at]) && target[at] != END, "no span is empty");
      while (!isSentinel(target[at]) && target[at] != END) whole.add(target[at++]);
    }
    assertEquals(spans.spans(tokens), span);
    assertEquals(END, source[source.length - 1]);
    assertEquals(END, target[at]);
    assertEquals(target.length - 1, at);
    assertArrayEquals(IntStream.range(2, 2 + tokens).toArray(), whole.build().toArray());
  }

  @Property(tries = 200)
  void theLongestTextThatFitsFillsTheContext(
      @ForAll @IntRange(min = 16, max = 1024) int context,
      @ForAll @DoubleRange(min = 0.05, max = 0.3) double density,
      @ForAll @DoubleRange(min = 2, max = 8) double length) {
    SpanCorruption spans = new SpanCorruption(density, length);
    int tokens = spans.tokens(context);
    if (spans.planned(tokens) == 0 || spans.planned(tokens + 1) == 0) return;
    assertTrue(corrupt(spans, tokens, 1).source().length <= context);
    assertTrue(corrupt(spans, tokens + 1, 1).source().length > context);
  }

  @Example
  void theLengthsAreThePapers() {
    assertEquals(568, SpanCorruption.DEFAULT.tokens(512));
    assertEquals(114, SpanCorruption.DEFAULT.target(568));
    assertEquals(512, corrupt(SpanCorruption.DEFAULT, 568, 1).source().length);
  }

  /** Two spans of four tokens: after the first, 1, 2 or 3 of them; each is as likely. */
  @Example
  void everyWayToCutIsAsLikely() {
    SpanCorruption spans = new SpanCorruption(0.5, 2);
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int seed = 0; seed < 3000; seed++) {
      int[] target = corrupt(spans, 8, seed).target();
      int second = Arrays.stream(target).boxed().toList().indexOf(SENTINELS - 1);
      counts.merge(second - 1, 1, Integer::sum);
    }
    assertEquals(3, counts.size());
    counts.forEach((length, count) -> assertEquals(1000, count, 100, "length " + length));
  }

  @Example
  void sharesMustBeShares() {
    assertThrows(IllegalArgumentException.class, () -> new SpanCorruption(1, 3));
    assertThrows(IllegalArgumentException.class, () -> new SpanCorruption(0.15, 0));
  }
}
