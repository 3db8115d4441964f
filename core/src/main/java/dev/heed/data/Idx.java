package dev.heed.data;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Gray images and their classes in two files, plain or gzip, as MNIST has them (LeCun, Cortes and
 * Burges): {@code PREFIX-images-idx3-ubyte} and {@code PREFIX-labels-idx1-ubyte}. Each begins with
 * a magic number and its sizes, 4 bytes each, the highest first.
 */
record Idx(Path images, Path labels) {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;

  static Idx of(Path dir, String prefix) {
    return new Idx(
        Lines.locate(dir.resolve(prefix + "-images-idx3-ubyte")),
        Lines.locate(dir.resolve(prefix + "-labels-idx1-ubyte")));
  }

  /**
   * @param names of the classes by number, or none: then their numbers stand for them
   * @throws UserError if a file is broken, both differ in number, or a class has no name
   */
  List<LabelledImage> read(List<String> names) {
    ByteBuffer pixels = content(images, IMAGES, 3);
    ByteBuffer classes = content(labels, LABELS, 1);
    int count = pixels.getInt(4);
    if (classes.getInt(4) != count)
      throw new UserError(
          "%s has %,d images, but %s has %,d labels: give files that belong together"
              .formatted(images, count, labels, classes.getInt(4)));
    int height = pixels.getInt(8);
    int width = pixels.getInt(12);
    List<LabelledImage> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = classes.get(8 + i) & 0xff;
      String where = labels + ", label " + (i + 1);
      if (!names.isEmpty() && number >= names.size())
        throw new UserError(
            "%s: class %d has no name: data.labels has those of %d classes, from 0 on"
                .formatted(where, number, names.size()));
      String label = names.isEmpty() ? Integer.toString(number) : names.get(number);
      int start = 16 + i * height * width;
      all.add(new LabelledImage(where, label, () -> gray(pixels, start, height, width)));
    }
    return all;
  }

  private static BufferedImage gray(ByteBuffer pixels, int start, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    byte[] values = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    pixels.get(start, values);
    return image;
  }

  /** A whole file, whose sizes are those that it should have. */
  private static ByteBuffer content(Path file, int magic, int dims) {
    byte[] bytes;
    try (InputStream in = open(file)) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new UserError(
          "%s: can't be read (%s); fetch the file again".formatted(file, e.getMessage()), e);
    }
    ByteBuffer content = ByteBuffer.wrap(bytes);
    int header = 4 + 4 * dims;
    if (bytes.length < header || content.getInt(0) != magic)
      throw new UserError(
          "%s: is no IDX file of %s: it must begin with the bytes 0 0 8 %d, and its sizes"
              .formatted(file, dims == 1 ? "labels" : "images", dims));
    long expected = 1;
    for (int d = 0; d < dims; d++) {
      long size = content.getInt(4 + 4 * d);
      if (size < 1 || size > Integer.MAX_VALUE / expected)
        throw new UserError(file + ": the file's header says that it is empty, or is damaged");
      expected *= size;
    }
    if (bytes.length != header + expected)
      throw new UserError(
          "%s: has %,d bytes where its header says %,d: the file is cut off or damaged; fetch it again"
              .formatted(file, bytes.length, header + expected));
    return content;
  }

  private static InputStream open(Path file) {
    try {
      BufferedInputStream raw = new BufferedInputStream(Files.newInputStream(file));
      raw.mark(2);
      boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      return gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
