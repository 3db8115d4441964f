package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExamplesTest {
  private static final int EOS = 1;

  @Test
  void leavesOutAndCounts() {
    Corpus corpus =
        Corpus.of(
            "test",
            List.of(
                new Pair("a b", "c"),
                new Pair(" ", "c"),
                new Pair("a", ""),
                new Pair("a b c d e", "a b c d"),
                new Pair("a b c d", "a b c d"),
                new Pair("a b c d", "a")));
    var examples = new Examples(corpus, ExamplesTest::ids, ExamplesTest::ids, new Filter(5, 2));
    List<Example> kept = examples.toList();
    assertEquals(List.of(1L, 5L), kept.stream().map(Example::number).toList());
    assertArrayEquals(new int[] {'a', 'b', EOS}, kept.get(0).source());
    assertArrayEquals(new int[] {'c', EOS}, kept.get(0).target());
    assertEquals(
        "2 kept, 2 with a blank side, 1 too long, 1 with sides of too unequal length",
        examples.report().toString());
    assertEquals(4, examples.report().leftOut());
    assertEquals(2, examples.toList().size());
    assertEquals(2, examples.report().count(Filter.Verdict.KEPT), "counts are of one pass");
  }

  @Test
  void keepsOrderAndNumbersOverManyChunks() {
    List<Pair> pairs =
        IntStream.rangeClosed(1, 5000).mapToObj(i -> new Pair("x ".repeat(i % 7), "y")).toList();
    List<Integer> chunks = new ArrayList<>();
    var examples =
        new Examples(
            Corpus.of("test", pairs),
            texts -> {
              chunks.add(texts.size());
              return ids(texts);
            },
            ExamplesTest::ids,
            Filter.NONE);
    List<Long> numbers = examples.toList().stream().map(Example::number).toList();
    assertEquals(
        IntStream.rangeClosed(1, 5000).filter(i -> i % 7 > 0).mapToObj(i -> (long) i).toList(),
        numbers);
    assertEquals(5000, chunks.stream().mapToInt(Integer::intValue).sum());
    assertEquals("4,286 kept, 714 with a blank side", examples.report().toString());
  }

  @Test
  void refusesATokenizerThatLosesATextAndSenselessLimits() {
    Corpus corpus = Corpus.of("test", List.of(new Pair("a", "b")));
    var losing = new Examples(corpus, texts -> List.of(), ExamplesTest::ids, Filter.NONE);
    assertThrows(IllegalArgumentException.class, losing::toList);
    assertThrows(UserError.class, () -> new Filter(0, 2));
    assertThrows(UserError.class, () -> new Filter(10, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Example(new int[0], new int[1], 1));
  }

  @Test
  void batchesPadAndShiftTheTarget() {
    int pad = 0;
    int start = 9;
    int none = TokenBatch.IGNORED;
    IdBatch batch =
        IdBatch.of(
            List.of(
                new Example(new int[] {5, 6, EOS}, new int[] {7, EOS}, 1),
                new Example(new int[] {5, EOS}, new int[] {7, 8, 8, EOS}, 2)),
            pad,
            start);
    assertEquals(
        List.of(2, 3, 4), List.of(batch.rows(), batch.sourceLength(), batch.targetLength()));
    assertArrayEquals(new int[] {5, 6, EOS, 5, EOS, pad}, batch.source());
    assertArrayEquals(new int[] {start, 7, pad, pad, start, 7, 8, 8}, batch.decoderInput());
    assertArrayEquals(new int[] {7, EOS, none, none, 7, 8, 8, EOS}, batch.labels());
    assertArrayEquals(new int[] {3, 2}, batch.sourceLengths());
    assertArrayEquals(new int[] {2, 4}, batch.targetLengths());
    assertEquals(5, batch.sourceTokens());
    assertEquals(6, batch.targetTokens());
    assertEquals(6, batch.labelled());
    assertArrayEquals(new boolean[] {true, true, true, true, true, false}, batch.sourceReal());
    List<Example> empty = Collections.emptyList();
    assertThrows(IllegalArgumentException.class, () -> IdBatch.of(empty, pad, start));
  }

  /** A letter is its own id; every text ends with EOS, as does an empty one. */
  private static List<int[]> ids(List<String> texts) {
    return texts.stream()
        .map(
            text ->
                Stream.of(text.split(" "))
                    .filter(word -> !word.isEmpty())
                    .mapToInt(word -> word.charAt(0)))
        .map(row -> IntStream.concat(row, IntStream.of(EOS)).toArray())
        .toList();
  }
}
