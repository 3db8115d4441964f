package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SentencePairsTest {
  private static final int BEGIN = 2;
  private static final int END = 3;
  private static final int CONTEXT = 40;

  /** Of document d, sentence s and token t the id is 10 + 10000·d + 20·s + t. */
  private static final List<List<int[]>> DOCUMENTS =
      IntStream.range(0, 30)
          .mapToObj(
              d ->
                  IntStream.range(0, 40)
                      .mapToObj(
                          s ->
                              IntStream.range(0, 3 + (s * 7 + d) % 9)
                                  .map(t -> 10 + 10_000 * d + 20 * s + t)
                                  .toArray())
                      .toList())
          .toList();

  private static List<Example> pairs(long seed) {
    return SentencePairs.of(DOCUMENTS, CONTEXT, BEGIN, END, new Random(seed));
  }

  private static int document(int id) {
    return (id - 10) / 10_000;
  }

  @Test
  void pairsAreFramedAndFit() {
    for (Example pair : pairs(1)) {
      int[] ids = pair.source();
      int second = pair.target()[1];
      assertTrue(ids.length <= CONTEXT);
      assertEquals(BEGIN, ids[0]);
      assertEquals(END, ids[second - 1]);
      assertEquals(END, ids[ids.length - 1]);
      assertTrue(second > 2 && second < ids.length - 1, "neither side is empty");
    }
  }

  @Test
  void whatFollowsIsOfTheSameDocumentAndHalfDoesNot() {
    List<Example> pairs = pairs(2);
    int random = 0;
    for (Example pair : pairs) {
      int[] ids = pair.source();
      int second = pair.target()[1];
      int last = ids[second - 2];
      int first = ids[second];
      if (pair.target()[0] == 1) {
        random++;
        assertTrue(document(last) != document(first), "a random text is of another document");
      } else {
        assertEquals(document(last), document(first));
        assertTrue(first > last, "it follows");
      }
    }
    assertEquals(0.5, random / (double) pairs.size(), 0.05);
    assertTrue(pairs.size() > 200);
  }

  /** Every first text begins where the one before was left: no sentence is lost. */
  @Test
  void mostPairsFillTheContext() {
    long full = pairs(3).stream().filter(pair -> pair.source().length == CONTEXT).count();
    assertTrue(full > 0.7 * pairs(3).size(), full + " of " + pairs(3).size());
  }

  @Test
  void rowsHaveSegmentsAndLabels() {
    List<Example> pairs = pairs(4).subList(0, 5);
    PairBatch batch = PairBatch.of(pairs, 0, UnaryOperator.identity());
    for (int row = 0; row < 5; row++) {
      Example pair = pairs.get(row);
      assertEquals(pair.target()[0], batch.follows()[row]);
      for (int i = 0; i < batch.tokens().length(); i++) {
        boolean second = i >= pair.target()[1] && i < pair.source().length;
        assertEquals(second ? 1 : 0, batch.segments()[row * batch.tokens().length() + i]);
      }
    }
  }

  @Test
  void oneDocumentHasNoRandomPairs() {
    assertThrows(
        IllegalArgumentException.class,
        () -> SentencePairs.of(DOCUMENTS.subList(0, 1), CONTEXT, BEGIN, END, new Random(1)));
  }
}
