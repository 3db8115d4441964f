package dev.heed.attention;

import dev.heed.nn.Sizes;

/**
 * Where a mechanism is to stand in a model.
 *
 * @param d model width D
 * @param heads H, which divides D
 * @param positions the longest sequence, in tokens
 * @param dropout of keys, each for all queries of a head
 * @param causal whether tokens mustn't see those after them
 */
public record Place(int d, int heads, int positions, double dropout, boolean causal) {
  public Place {
    Sizes.positive("d", d);
    Sizes.divides("heads", heads, "d", d);
    Sizes.positive("positions", positions);
  }

  /** Dh. */
  public int headSize() {
    return d / heads;
  }
}
