package dev.heed.data;

import dev.heed.config.UserError;
import dev.heed.data.Augmentation.Move;
import dev.heed.data.ImagePreprocessor.Exactly;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Images of one size in memory, a byte a value. */
public final class ImageSet {
  private final int channels;
  private final Exactly size;
  private final List<byte[]> images; // (C, H, W) each

  private ImageSet(int channels, Exactly size, List<byte[]> images) {
    this.channels = channels;
    this.size = size;
    this.images = images;
  }

  /**
   * Reads all images, resizes and cuts them.
   *
   * @throws UserError if one can't be read, they end up with different sizes, or memory is too
   *     small for them
   */
  public static ImageSet of(List<LabelledImage> images, ImagePreprocessor preprocessor) {
    Exactly size = prepared(images.get(0), preprocessor).size();
    double bytes = (double) images.size() * preprocessor.channels() * size.height() * size.width();
    if (bytes > 0.8 * Runtime.getRuntime().maxMemory())
      throw new UserError(
          "%,d images of %s pixels take %.1f GB, and Java may use %.1f: give it more (HEED_OPTS=-Xmx…), or make the model's image_size smaller"
              .formatted(images.size(), size, bytes / 1e9, Runtime.getRuntime().maxMemory() / 1e9));
    List<byte[]> all =
        images.parallelStream()
            .map(
                image -> {
                  Raster raster = prepared(image, preprocessor);
                  if (raster.size().equals(size)) return raster.bytes();
                  throw new UserError(
                      "%s: the image has %s pixels, where %s has %s: let the preprocessor bring them to one size"
                          .formatted(image.where(), raster.size(), images.get(0).where(), size));
                })
            .toList();
    return new ImageSet(preprocessor.channels(), size, all);
  }

  private static Raster prepared(LabelledImage image, ImagePreprocessor preprocessor) {
    return preprocessor.prepared(image.image().get(), image.where());
  }

  /** A preprocessor that brings each channel of these images to mean 0 and deviation 1. */
  public ImagePreprocessor normalising(ImagePreprocessor preprocessor) {
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    int area = size.height() * size.width();
    double count = (double) images.size() * area;
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      double squares = 0;
      for (byte[] image : images)
        for (int i = c * area; i < (c + 1) * area; i++) {
          int value = image[i] & 0xff;
          sum += value;
          squares += value * value;
        }
      double mean = sum / count;
      double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
      means.add(rounded(mean * preprocessor.scale()));
      deviations.add(
          deviation == 0 ? 1 : Math.max(1e-4, rounded(deviation * preprocessor.scale())));
    }
    return preprocessor.normalising(means, deviations);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  /**
   * Images of a batch.
   *
   * @param examples whose source is an image's number, and whose target its class
   * @param preprocessor whose scale, mean and deviation count
   */
  public ImageBatch batch(
      List<Example> examples, ImagePreprocessor preprocessor, Augmentation augment, Random random) {
    int one = channels * size.height() * size.width();
    float[][] tables = preprocessor.tables();
    float[] pixels = new float[examples.size() * one];
    int[] labels = new int[examples.size()];
    for (int row = 0; row < labels.length; row++) {
      Example example = examples.get(row);
      labels[row] = example.target()[0];
      put(images.get(example.source()[0]), augment.draw(random), tables, pixels, row * one);
    }
    long[] shape = {labels.length, channels, size.height(), size.width()};
    return new ImageBatch(pixels, shape, labels);
  }

  private void put(byte[] image, Move move, float[][] tables, float[] pixels, int start) {
    int height = size.height();
    int width = size.width();
    int at = start;
    for (int c = 0; c < channels; c++) {
      float[] table = tables[c];
      for (int y = move.down(); y < height + move.down(); y++, at += width) {
        if (y < 0 || y >= height) {
          Arrays.fill(pixels, at, at + width, table[0]);
          continue;
        }
        int line = (c * height + y) * width;
        for (int i = 0; i < width; i++) {
          int x = (move.mirrored() ? width - 1 - i : i) + move.right();
          pixels[at + i] = x < 0 || x >= width ? table[0] : table[image[line + x] & 0xff];
        }
      }
    }
  }
}
