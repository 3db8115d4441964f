package dev.heed.data;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/**
 * Images as a model wants them: resized, cut to the middle, scaled, normalised.
 *
 * @param resize to which size; empty leaves images as they are
 * @param resampling how
 * @param crop to which size the middle is cut; empty for no cut
 * @param scale of the values 0 to 255
 * @param mean subtracted from each of red, green and blue, after scaling
 * @param deviation that each is then divided by
 */
public record ImagePreprocessor(
    Optional<Target> resize,
    Resampling resampling,
    Optional<Exactly> crop,
    double scale,
    List<Double> mean,
    List<Double> deviation) {
  private static final int CHANNELS = 3;

  public ImagePreprocessor {
    if (mean.size() != CHANNELS || deviation.size() != CHANNELS)
      throw new IllegalArgumentException(
          "mean and deviation need a number for each of red, green and blue, not %s and %s"
              .formatted(mean, deviation));
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
   * FLOAT32 (B, 3, H, W).
   *
   * @throws UserError if the images end up with different sizes, or smaller than the crop
   */
  public Tensor pixels(List<BufferedImage> images) {
    List<Plane> planes = images.stream().map(this::prepared).toList();
    Exactly size = planes.get(0).size();
    int area = size.height() * size.width();
    float[] values = new float[planes.size() * CHANNELS * area];
    for (int row = 0; row < planes.size(); row++) {
      if (!planes.get(row).size().equals(size))
        throw new UserError(
            "images of a batch must have one size: %s is not %s"
                .formatted(planes.get(row).size(), size));
      for (int c = 0; c < CHANNELS; c++) {
        int[] channel = planes.get(row).channels()[c];
        for (int i = 0; i < area; i++)
          values[(row * CHANNELS + c) * area + i] =
              (float) ((channel[i] * scale - mean.get(c)) / deviation.get(c));
      }
    }
    return Tensor.of(values, planes.size(), CHANNELS, size.height(), size.width());
  }

  /** Red, green and blue, row after row. */
  private record Plane(Exactly size, int[][] channels) {}

  private Plane prepared(BufferedImage image) {
    Plane whole = new Plane(new Exactly(image.getHeight(), image.getWidth()), channels(image));
    Plane resized =
        resize
            .map(target -> target.of(image.getHeight(), image.getWidth()))
            .map(size -> resized(whole, size))
            .orElse(whole);
    return crop.map(size -> cropped(resized, size)).orElse(resized);
  }

  private static int[][] channels(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    int[][] channels = new int[CHANNELS][];
    if (image.getRaster().getNumBands() == 1 && image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
      // getRGB would brighten it: Java holds such values to be linear in light, which files don't.
      int[] gray = image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null);
      for (int c = 0; c < CHANNELS; c++) channels[c] = gray;
      return channels;
    }
    int[] rgb = image.getRGB(0, 0, width, height, null, 0, width);
    for (int c = 0; c < CHANNELS; c++) {
      int shift = 16 - 8 * c;
      channels[c] = new int[rgb.length];
      for (int i = 0; i < rgb.length; i++) channels[c][i] = rgb[i] >> shift & 0xff;
    }
    return channels;
  }

  private Plane resized(Plane image, Exactly size) {
    int[][] channels = new int[CHANNELS][];
    for (int c = 0; c < CHANNELS; c++)
      channels[c] =
          resampling.resize(
              image.channels()[c],
              image.size().height(),
              image.size().width(),
              size.height(),
              size.width());
    return new Plane(size, channels);
  }

  private static Plane cropped(Plane image, Exactly size) {
    int top = (image.size().height() - size.height()) / 2;
    int left = (image.size().width() - size.width()) / 2;
    if (image.size().height() < size.height() || image.size().width() < size.width())
      throw new UserError(
          "an image of %d×%d pixels is smaller than the %d×%d to cut from it"
              .formatted(image.size().height(), image.size().width(), size.height(), size.width()));
    int[][] channels = new int[CHANNELS][size.height() * size.width()];
    for (int c = 0; c < CHANNELS; c++)
      for (int row = 0; row < size.height(); row++)
        System.arraycopy(
            image.channels()[c],
            (top + row) * image.size().width() + left,
            channels[c],
            row * size.width(),
            size.width());
    return new Plane(size, channels);
  }
}
