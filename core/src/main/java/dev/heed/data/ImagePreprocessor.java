package dev.heed.data;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Images as a model wants them: resized, cut to the middle, scaled, normalised. They are gray or
 * have colours as the model reads them, by the length of {@code mean}.
 *
 * @param resize to which size; empty leaves images as they are
 * @param resampling how
 * @param crop to which size the middle is cut; empty for no cut
 * @param scale of the values 0 to 255
 * @param mean subtracted from gray, or from each of red, green and blue, after scaling
 * @param deviation that each is then divided by
 */
public record ImagePreprocessor(
    Optional<Target> resize,
    Resampling resampling,
    Optional<Exactly> crop,
    double scale,
    List<Double> mean,
    List<Double> deviation) {
  public ImagePreprocessor {
    boolean known = mean.size() == 1 || mean.size() == 3;
    if (!known || deviation.size() != mean.size())
      throw new IllegalArgumentException(
          "mean and deviation need a number for gray, or one for each of red, green and blue, not %s and %s"
              .formatted(mean, deviation));
  }

  /** Without resizing or cutting: images of {@code channels} as they are. */
  public static ImagePreprocessor plain(int channels) {
    return new ImagePreprocessor(
        Optional.empty(),
        Resampling.BILINEAR,
        Optional.empty(),
        1 / 255.0,
        Collections.nCopies(channels, 0.0),
        Collections.nCopies(channels, 1.0));
  }

  /** The same with other values to normalise by, one a channel. */
  public ImagePreprocessor normalising(List<Double> mean, List<Double> deviation) {
    return new ImagePreprocessor(resize, resampling, crop, scale, mean, deviation);
  }

  /** The same, resizing to {@code size}. */
  public ImagePreprocessor resizing(Exactly size) {
    return new ImagePreprocessor(Optional.of(size), resampling, crop, scale, mean, deviation);
  }

  /** C: 1 for gray, 3 for red, green and blue. */
  public int channels() {
    return mean.size();
  }

  /** A size to bring images to. */
  public sealed interface Target {
    /** The size of an image of {@code height} × {@code width} pixels. */
    Exactly of(int height, int width);
  }

  /** In pixels, whatever the shape was. */
  public record Exactly(int height, int width) implements Target {
    public Exactly {
      if (height < 1 || width < 1)
        throw new IllegalArgumentException(
            "a size must be at least 1×1 pixels, not %d×%d".formatted(height, width));
    }

    @Override
    public Exactly of(int oldHeight, int oldWidth) {
      return this;
    }

    @Override
    public String toString() {
      return height + "×" + width;
    }
  }

  /** The shorter side in pixels; the shape is kept. */
  public record ShortestEdge(int pixels) implements Target {
    @Override
    public Exactly of(int height, int width) {
      int longest = (int) ((double) pixels * Math.max(height, width) / Math.min(height, width));
      return width <= height ? new Exactly(longest, pixels) : new Exactly(pixels, longest);
    }
  }

  /**
   * FLOAT32 (B, C, H, W).
   *
   * @throws UserError if the images end up with different sizes, one is smaller than the crop, or
   *     has colours where the model reads gray
   */
  public Tensor pixels(List<BufferedImage> images) {
    return pixels(images, i -> "image " + (i + 1));
  }

  /**
   * The same.
   *
   * @param names of the images by their place from 0 on, for messages
   */
  public Tensor pixels(List<BufferedImage> images, IntFunction<String> names) {
    List<Raster> rasters =
        IntStream.range(0, images.size())
            .parallel()
            .mapToObj(i -> prepared(images.get(i), names.apply(i)))
            .toList();
    Exactly size = rasters.get(0).size();
    int area = size.height() * size.width();
    float[][] tables = tables();
    float[] values = new float[rasters.size() * channels() * area];
    int at = 0;
    for (Raster raster : rasters) {
      if (!raster.size().equals(size))
        throw new UserError(
            "images of a batch must have one size: %s is not %s".formatted(raster.size(), size));
      for (int c = 0; c < channels(); c++)
        for (int value : raster.channels()[c]) values[at++] = tables[c][value];
    }
    return Tensor.of(values, rasters.size(), channels(), size.height(), size.width());
  }

  /**
   * An image at the size that the model reads.
   *
   * @param name for messages
   */
  Raster prepared(BufferedImage image, String name) {
    try {
      Raster whole = Raster.of(image, channels());
      Raster resized =
          resize
              .map(target -> target.of(image.getHeight(), image.getWidth()))
              .map(size -> whole.resized(size, resampling))
              .orElse(whole);
      return crop.map(resized::cropped).orElse(resized);
    } catch (UserError e) {
      throw new UserError(name + ": " + e.getMessage(), e);
    }
  }

  /** What each channel's values 0 to 255 become, (C, 256). */
  float[][] tables() {
    float[][] tables = new float[channels()][256];
    for (int c = 0; c < channels(); c++)
      for (int value = 0; value < 256; value++)
        tables[c][value] = (float) ((value * scale - mean.get(c)) / deviation.get(c));
    return tables;
  }
}
