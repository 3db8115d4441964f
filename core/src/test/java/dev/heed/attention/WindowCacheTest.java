package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A layer with a window is given what it sees, and its cache stops growing. */
@SuppressWarnings("try") // scopes are there to be closed
@ExtendWith(OneThread.class)
class WindowCacheTest {
  private static final int WINDOW = 8;
  private static final int STEPS = 500;

  /** Two windows, and room for going back a few tokens. */
  private static final long MOST = 2 * (WINDOW + 33);

  private final Module layer = new LayerNorm(1, 0);

  /** Keys that are their own places, (1, 1, n, 1). */
  private static Tensor places(int from, int count) {
    float[] places = new float[count];
    for (int i = 0; i < count; i++) places[i] = from + i;
    return Tensor.of(places, 1, 1, count, 1);
  }

  private static void assertNewest(int seen, int length, KeyValues given) {
    float[] keys = given.keys().toFloats();
    assertEquals(seen, keys.length);
    for (int i = 0; i < seen; i++) assertEquals(length - seen + i, keys[i]);
  }

  @Test
  void ofStepsAfterALongPrompt() {
    int prompt = 100;
    try (BeamPass pass = new BeamPass(new int[1], prompt, 1, STEPS, Device.CPU)) {
      try (Scope scope = Scope.open()) {
        Tensor k = places(0, prompt);
        assertNewest(prompt, prompt, pass.near(WINDOW).extend(layer, k, k));
      }
      for (int i = 0; i < STEPS; i++)
        try (Scope scope = Scope.open()) {
          pass.advance(new int[1]);
          Tensor k = places(prompt + i, 1);
          Pass near = pass.near(WINDOW);
          assertNewest(WINDOW, prompt + i + 1, near.extend(layer, k, k));
          assertEquals(WINDOW, near.keyPositions().size(1));
          assertTrue(near.mask().isNone());
        }
      assertTrue(pass.room() <= MOST, () -> pass.room() + " entries");
    }
  }

  @Test
  void hypothesesShareIt() {
    int beams = 3;
    try (BeamPass pass = new BeamPass(new int[1], 0, beams, STEPS, Device.CPU)) {
      for (int i = 0; i < STEPS; i++)
        try (Scope scope = Scope.open()) {
          pass.advance(new int[beams]);
          Tensor k = places(i * beams, beams);
          assertNewest(
              beams * Math.min(WINDOW, i + 1),
              (i + 1) * beams,
              pass.near(WINDOW).extend(layer, k, k));
        }
      assertTrue(pass.room() <= beams * MOST, () -> pass.room() + " entries");
    }
  }

  @Test
  void aChainGoesBackAsFarAsThereIsSomething() {
    try (ChainPass pass = new ChainPass(Device.CPU)) {
      int length = 0;
      for (int i = 0; i < STEPS; i++)
        try (Scope scope = Scope.open()) {
          int stride = 1 + i % 3;
          if (i % 5 == 4) {
            length -= 2;
            assertEquals(length, pass.truncate(length));
          }
          pass.advance(stride);
          Tensor k = places(length, stride);
          length += stride;
          int seen = Math.min(length, WINDOW - 1 + stride);
          assertNewest(seen, length, pass.near(WINDOW).extend(layer, k, k));
        }
      assertEquals(0, pass.truncate(length / 2));
      try (Scope scope = Scope.open()) {
        pass.advance(4);
        assertNewest(4, 4, pass.near(WINDOW).extend(layer, places(0, 4), places(0, 4)));
      }
    }
  }
}
