package dev.heed.data;

import dev.heed.config.UserError;
import dev.heed.data.ImagePreprocessor.Exactly;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;

/**
 * An image as values 0 to 255 of each channel, row after row.
 *
 * @param channels (C, H·W): gray alone, or red, green and blue
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
record Raster(Exactly size, int[][] channels) {
  /**
   * A gray image has its values in every channel.
   *
   * @throws UserError if an image in colours is to have one channel
   */
  static Raster of(BufferedImage image, int channels) {
    int width = image.getWidth();
    int height = image.getHeight();
    boolean gray =
        image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY
            && !(image.getColorModel() instanceof IndexColorModel);
    int[][] values = new int[channels][];
    if (gray) {
      // getRGB would brighten it: Java holds such values to be linear in light, which files don't.
      int[] all = image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null);
      int surplus = image.getColorModel().getComponentSize(0) - 8;
      if (surplus > 0) for (int i = 0; i < all.length; i++) all[i] >>= surplus;
      for (int c = 0; c < channels; c++) values[c] = all;
      return new Raster(new Exactly(height, width), values);
    }
    int[] rgb = image.getRGB(0, 0, width, height, null, 0, width);
    for (int c = 0; c < channels; c++) {
      int shift = 16 - 8 * c;
      values[c] = new int[rgb.length];
      for (int i = 0; i < rgb.length; i++) values[c][i] = rgb[i] >> shift & 0xff;
    }
    if (channels == 1)
      for (int color : rgb)
        if ((color >> 16 & 0xff) != (color >> 8 & 0xff) || (color >> 8 & 0xff) != (color & 0xff))
          throw new UserError(
              "the image is in colours, where the model reads gray ones: convert it to gray");
    return new Raster(new Exactly(height, width), values);
  }

  Raster resized(Exactly to, Resampling how) {
    int[][] values = new int[channels.length][];
    for (int c = 0; c < channels.length; c++)
      values[c] = how.resize(channels[c], size.height(), size.width(), to.height(), to.width());
    return new Raster(to, values);
  }

  /**
   * The middle.
   *
   * @throws UserError if the image is smaller
   */
  Raster cropped(Exactly to) {
    if (size.height() < to.height() || size.width() < to.width())
      throw new UserError(
          "the image has %s pixels, and is smaller than the %s to cut from it".formatted(size, to));
    int top = (size.height() - to.height()) / 2;
    int left = (size.width() - to.width()) / 2;
    int[][] values = new int[channels.length][to.height() * to.width()];
    for (int c = 0; c < channels.length; c++)
      for (int row = 0; row < to.height(); row++)
        System.arraycopy(
            channels[c],
            (top + row) * size.width() + left,
            values[c],
            row * to.width(),
            to.width());
    return new Raster(to, values);
  }

  /** (C, H, W), one behind the other. */
  byte[] bytes() {
    int area = size.height() * size.width();
    byte[] bytes = new byte[channels.length * area];
    for (int c = 0; c < channels.length; c++)
      for (int i = 0; i < area; i++) bytes[c * area + i] = (byte) channels[c][i];
    return bytes;
  }
}
