package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskingTest {
  private static final int MASK = 4;
  private static final int V = 1000;

  /** 400 rows of 50 ids from 10 on, framed by 2 and 3, every third of which goes on with a word. */
  private static TokenBatch batch() {
    List<Example> examples =
        IntStream.range(0, 400)
            .mapToObj(
                row -> {
                  int[] ids = IntStream.range(0, 52).map(i -> 10 + (row * 7 + i) % 900).toArray();
                  ids[0] = 2;
                  ids[51] = 3;
                  return new Example(ids, ids, row + 1L);
                })
            .toList();
    return TokenBatch.of(examples, 0);
  }

  private static Masking masking(boolean words) {
    return new Masking(0.15, MASK, V, id -> id < 5, id -> words && id % 3 == 0);
  }

  @Test
  void ofTheChosenFifteenPerCentMostAreMasked() {
    TokenBatch whole = batch();
    TokenBatch masked = masking(false).apply(whole, new Random(1));
    int chosen = 0;
    int hidden = 0;
    int kept = 0;
    for (int i = 0; i < whole.ids().length; i++) {
      if (masked.labels()[i] == TokenBatch.IGNORED) {
        assertEquals(whole.ids()[i], masked.ids()[i], "what isn't chosen stays");
        continue;
      }
      chosen++;
      assertEquals(whole.ids()[i], masked.labels()[i], "the label is what was there");
      assertTrue(whole.ids()[i] >= 5, "special tokens are never chosen");
      if (masked.ids()[i] == MASK) hidden++;
      else if (masked.ids()[i] == whole.ids()[i]) kept++;
    }
    assertEquals(0.15, chosen / 20_000.0, 0.01);
    assertEquals(0.8, hidden / (double) chosen, 0.03);
    assertEquals(0.1, kept / (double) chosen, 0.03);
  }

  @Test
  void wordsAreChosenWhole() {
    TokenBatch masked = masking(true).apply(batch(), new Random(1));
    int words = 0;
    for (int i = 1; i < masked.labels().length; i++) {
      int id = batch().ids()[i % 52]; // the first row's, as good as any
      if (i >= 52) break;
      if (id % 3 != 0 || batch().ids()[i - 1] < 5) continue;
      words++;
      assertEquals(
          masked.labels()[i - 1] == TokenBatch.IGNORED,
          masked.labels()[i] == TokenBatch.IGNORED,
          "token " + i + " goes with the one before");
    }
    assertTrue(words > 10);
  }

  @Test
  void theSameDrawHidesTheSame() {
    assertArrayEquals(
        masking(true).apply(batch(), new Random(3)).ids(),
        masking(true).apply(batch(), new Random(3)).ids());
  }
}
