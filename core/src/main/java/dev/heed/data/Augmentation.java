package dev.heed.data;

import dev.heed.config.Doc;
import java.util.Random;

/**
 * Changes to training images that leave their classes as they are: a random cut from the padded
 * image, and its mirror image (Krizhevsky et al. 2012, section 4.1; He et al. 2016, section 4.2).
 */
public record Augmentation(
    @Doc(
            "pixels of black around an image before a cut of its size is taken from a random place; 0 = none")
        int padding,
    @Doc("whether half of the images are mirrored, left to right") boolean flip) {
  public static final Augmentation NONE = new Augmentation(0, false);

  public Augmentation {
    if (padding < 0)
      throw new IllegalArgumentException("padding must be 0 or more, not " + padding);
  }

  /**
   * How one image is changed: what stands {@code down} and {@code right} of a place comes there.
   */
  record Move(int down, int right, boolean mirrored) {}

  Move draw(Random random) {
    int down = padding == 0 ? 0 : random.nextInt(2 * padding + 1) - padding;
    int right = padding == 0 ? 0 : random.nextInt(2 * padding + 1) - padding;
    return new Move(down, right, flip && random.nextBoolean());
  }
}
