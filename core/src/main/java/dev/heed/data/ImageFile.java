package dev.heed.data;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Images in files: PNG, JPEG, GIF (its first picture) and BMP. */
public final class ImageFile {
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "gif", "bmp");
  private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "gif", "bmp");

  private ImageFile() {}

  /** Whether a file's name is that of an image. */
  static boolean isNamedSo(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * @throws UserError if there is no such file, or it holds no whole image of a known format
   */
  public static BufferedImage read(Path file) {
    byte[] bytes;
    try {
      if (Files.isDirectory(file)) throw new UserError(file + " is a folder; name an image in it");
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
    if (bytes.length == 0) throw new UserError(file + ": the file is empty; fetch it again");
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      return Orientation.of(bytes).upright(read(reader(in, file), in));
    } catch (IOException | RuntimeException e) { // readers throw what they like at broken files
      if (e instanceof UserError known) throw known;
      throw new UserError(
          "%s: the image is damaged or cut off (%s); fetch it again"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static ImageReader reader(ImageInputStream in, Path file) {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      for (String format : reader.getOriginatingProvider().getFormatNames())
        if (FORMATS.contains(format.toLowerCase(Locale.ROOT))) return reader;
      reader.dispose();
    }
    throw new UserError(file + ": is no PNG, JPEG, GIF or BMP image; convert it to one of these");
  }

  private static BufferedImage read(ImageReader reader, ImageInputStream in) throws IOException {
    try {
      String[] warning = {""};
      IIOReadWarningListener listener = (source, text) -> warning[0] += text;
      reader.addIIOReadWarningListener(listener);
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
      // A JPEG that ends too soon is read all the same, the rest of it gray.
      if (warning[0].contains("remature end")) throw new IOException(warning[0]);
      return image;
    } finally {
      reader.dispose();
    }
  }
}
