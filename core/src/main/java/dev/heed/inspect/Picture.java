package dev.heed.inspect;

import dev.heed.config.AtomicFile;
import dev.heed.config.UserError;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What all pictures share: fonts, colours, and how they become files. No display is needed. */
final class Picture {
  static final Color INK = new Color(0x22, 0x22, 0x22);
  static final Color FAINT = new Color(0x66, 0x66, 0x66);
  static final Color GRID = new Color(0xE4, 0xE4, 0xE4);

  private static final FontRenderContext CONTEXT =
      new FontRenderContext(new AffineTransform(), true, true);

  private Picture() {}

  static Font font(int size) {
    return new Font(Font.SANS_SERIF, Font.PLAIN, size);
  }

  static Font bold(int size) {
    return new Font(Font.SANS_SERIF, Font.BOLD, size);
  }

  /** Pixels that {@code text} is wide. */
  static int width(String text, Font font) {
    return (int) Math.ceil(font.getStringBounds(text, CONTEXT).getWidth());
  }

  /** A white image with {@code drawing} on it. */
  static BufferedImage draw(int width, int height, Consumer<Graphics2D> drawing) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    drawing.accept(g);
    g.dispose();
    return image;
  }

  /**
   * Writes a PNG file, whole or not at all.
   *
   * @throws UserError if it can't be written, or the machine has no fonts to draw with
   */
  static void write(Path file, Supplier<BufferedImage> drawing) {
    AtomicFile.write(file, png(drawing));
  }

  private static byte[] png(Supplier<BufferedImage> drawing) {
    try {
      var bytes = new ByteArrayOutputStream();
      // In memory: a file as buffer, which is the default, can't be opened while the JVM shuts
      // down.
      try (var buffer = new MemoryCacheImageOutputStream(bytes)) {
        ImageIO.write(drawing.get(), "png", buffer);
      }
      return bytes.toByteArray();
    } catch (LinkageError | InternalError e) { // how Java's font code fails in a bare container
      throw new UserError(
          "pictures need fonts, and this machine has none: install fontconfig and a font such as DejaVu",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has no other way to fail
    }
  }

  /** Text whose middle is at ({@code x}, {@code y}). */
  static void centred(Graphics2D g, String text, Font font, double x, double y) {
    g.setFont(font);
    g.drawString(text, (float) (x - width(text, font) / 2.0), (float) (y + middle(font)));
  }

  /** Text that ends at {@code x}, its middle at height {@code y}. */
  static void rightOf(Graphics2D g, String text, Font font, double x, double y) {
    g.setFont(font);
    g.drawString(text, (float) (x - width(text, font)), (float) (y + middle(font)));
  }

  /** Text that begins at {@code x}, its middle at height {@code y}. */
  static void leftOf(Graphics2D g, String text, Font font, double x, double y) {
    g.setFont(font);
    g.drawString(text, (float) x, (float) (y + middle(font)));
  }

  /** Draws with (0, 0) at (x, y) and the page turned by a quarter, text running upwards. */
  static void upwards(Graphics2D g, double x, double y, Consumer<Graphics2D> drawing) {
    Graphics2D turned = (Graphics2D) g.create();
    turned.translate(x, y);
    turned.rotate(-Math.PI / 2);
    drawing.accept(turned);
    turned.dispose();
  }

  /** How far the baseline stands below the middle of a line of text. */
  private static double middle(Font font) {
    return font.getLineMetrics("Hg", CONTEXT).getAscent() * 0.36;
  }
}
