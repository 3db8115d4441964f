package dev.heed.nn;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;

/** Maps of an image (B, D, h, w), and the same as sequences (B, h·w, D), row after row. */
public final class Grids {
  private Grids() {}

  /** (B, D, h, w) → (B, h·w, D). */
  public static Tensor sequence(Tensor map) {
    return map.reshape(map.size(0), map.size(1), map.size(2) * map.size(3)).transpose(1, 2);
  }

  /** (B, h·w, D) → (B, D, h, w). */
  public static Tensor map(Tensor sequence, long height, long width) {
    return sequence
        .transpose(1, 2)
        .reshape(sequence.size(0), sequence.size(2), height, width); // (B, D, h, w)
  }

  /**
   * @throws UserError if pixels (B, C, H, W) aren't of {@code channels} and {@code size}
   */
  public static void check(Tensor pixels, int channels, Extent size) {
    check(pixels, channels);
    if (pixels.size(2) != size.height() || pixels.size(3) != size.width())
      throw new UserError(
          "images of %d×%d pixels, where the model reads %s: resize them as its preprocessor_config.json says"
              .formatted(pixels.size(2), pixels.size(3), size));
  }

  /**
   * @throws UserError if pixels aren't (B, C, H, W) of C {@code channels}
   */
  public static void check(Tensor pixels, int channels) {
    if (pixels.dims() != 4 || pixels.size(1) != channels)
      throw new UserError(
          "pixels are %s, where the model reads (images, %d channels, height, width)"
              .formatted(pixels, channels));
  }
}
