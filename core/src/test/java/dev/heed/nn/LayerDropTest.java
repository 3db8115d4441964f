package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.tensor.Randomness;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LayerDropTest {
  private static final int N = 20_000;

  private static long skipped(LayerDrop drop) {
    Randomness.seed(3);
    return IntStream.range(0, N).filter(i -> drop.skips()).count();
  }

  @Test
  void layersAreLeftOutAsOftenAsAskedInTrainingAlone() {
    LayerDrop drop = new LayerDrop(0.2);
    assertEquals(0.2, skipped(drop) / (double) N, 5 * Math.sqrt(0.16 / N));
    assertEquals(skipped(drop), skipped(drop));
    drop.training(false);
    assertEquals(0, skipped(drop));
    assertEquals(0, skipped(new LayerDrop(0)));
  }
}
