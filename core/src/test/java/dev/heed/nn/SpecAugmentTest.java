package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.nn.SpecAugment.Spans;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class SpecAugmentTest {
  private static final Spans NONE = new Spans(0, 4, 0);

  @Test
  void hidesSpansOfRealPlacesAlone() {
    Randomness.seed(3);
    int places = 60;
    long[] lengths = {60, 40, 3};
    boolean[] seen = new boolean[lengths.length * places];
    for (int i = 0; i < 300; i++) {
      long[] hidden = SpecAugment.draw(new Spans(0.3, 4, 2), lengths, places).toLongs();
      for (int row = 0; row < lengths.length; row++) {
        int run = 0;
        for (int place = 0; place <= places; place++) {
          boolean hides = place < places && hidden[row * places + place] == 1;
          assertTrue(!hides || place < lengths[row], "padding isn't hidden");
          assertTrue(hides || run == 0 || run >= 4, "spans are whole");
          run = hides ? run + 1 : 0;
          if (hides) seen[row * places + place] = true;
        }
      }
    }
    int count = 0;
    for (boolean place : seen) if (place) count++;
    assertEquals(60 + 40, count, "any real place may be hidden, and none of a row without room");
  }

  @Test
  void hidesTheShareAskedFor() {
    Randomness.seed(4);
    double hidden = 0;
    int draws = 400;
    for (int i = 0; i < draws; i++)
      hidden += SpecAugment.draw(new Spans(0.05, 1, 0), new long[] {50}, 50).sum().item();
    assertEquals(2.5, hidden / draws, 0.15); // half of the draws have 2, half have 3
  }

  @Test
  void putsItsVectorInTrainingOnly() {
    Randomness.seed(5);
    SpecAugment augment = new SpecAugment(3, new Spans(0.5, 2, 1), NONE);
    Tensor x = Init.ones(1, 8, 3);
    Tensor out = augment.forward(x, new long[] {8});
    float[] vector = augment.parameters().get("hidden").toFloats();
    float[] values = out.toFloats();
    int replaced = 0;
    for (int frame = 0; frame < 8; frame++) {
      float[] row = {values[3 * frame], values[3 * frame + 1], values[3 * frame + 2]};
      boolean same = row[0] == 1 && row[1] == 1 && row[2] == 1;
      if (!same) {
        assertArrayEquals(vector, row);
        replaced++;
      }
    }
    assertTrue(replaced >= 2 && replaced <= 4, replaced + " of 8 frames");
    augment.training(false);
    assertSame(x, augment.forward(x, new long[] {8}));
  }

  @Test
  void hidesChannelsBehindZeros() {
    Randomness.seed(6);
    SpecAugment augment = new SpecAugment(10, NONE, new Spans(0.2, 2, 1));
    float[] values = augment.forward(Init.ones(1, 4, 10), new long[] {4}).toFloats();
    int zeros = 0;
    for (int channel = 0; channel < 10; channel++) {
      for (int frame = 1; frame < 4; frame++)
        assertEquals(values[channel], values[10 * frame + channel]);
      if (values[channel] == 0) zeros++;
    }
    assertEquals(2, zeros);
  }
}
