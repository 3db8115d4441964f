package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.data.ImageData.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Images from files, and batches of them. */
final class ImageDataTest {
  private static final byte[] PIXELS = {0, 51, 102, (byte) 255, 1, 2, 3, 4, 9, 9, 9, 9};

  @TempDir private Path dir;

  private static byte[] idx(int magic, int[] sizes, byte[] values) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * sizes.length + values.length).putInt(magic);
    for (int size : sizes) file.putInt(size);
    return file.put(values).array();
  }

  /** Three images of 2×2 with classes 1, 0, 1. */
  private void idx(String prefix, byte... classes) throws IOException {
    Files.write(
        dir.resolve(prefix + "-images-idx3-ubyte"),
        idx(0x803, new int[] {PIXELS.length / 4, 2, 2}, PIXELS));
    var zipped = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(zipped)) {
      out.write(idx(0x801, new int[] {classes.length}, classes));
    }
    Files.write(dir.resolve(prefix + "-labels-idx1-ubyte.gz"), zipped.toByteArray());
  }

  private ImageData data(Format format, String valid, List<String> labels) {
    return new ImageData(dir.toString(), format, "train", valid, 0.3, labels, 2);
  }

  private static void assertSays(String said, Executable action) {
    UserError error = assertThrows(UserError.class, action);
    assertTrue(error.getMessage().contains(said), error.getMessage());
  }

  private static Path image(Path file, String format, int... rgb) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(rgb.length, 1, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < rgb.length; x++) image.setRGB(x, 0, rgb[x]);
    assertTrue(ImageIO.write(image, format, file.toFile()));
    return file;
  }

  @Test
  void filesOfMnistAreImagesWithNumbers() throws IOException {
    idx("train", (byte) 1, (byte) 0, (byte) 1);
    idx("test", (byte) 0, (byte) 0, (byte) 0);
    ImageData.Images images = data(Format.IDX, "test", List.of()).read();
    assertEquals(List.of("0", "1"), images.classes());
    assertEquals(
        List.of("1", "0", "1"), images.train().stream().map(LabelledImage::label).toList());
    ImagePreprocessor plain = ImagePreprocessor.plain(1);
    Raster first = plain.prepared(images.train().get(0).image().get(), "");
    assertArrayEquals(new int[] {0, 51, 102, 255}, first.channels()[0]);
    assertEquals(
        List.of("top", "bag", "top"),
        data(Format.IDX, "test", List.of("bag", "top")).read().train().stream()
            .map(LabelledImage::label)
            .toList());
  }

  @Test
  void someImagesAreHeldOut() throws IOException {
    idx("train", (byte) 1, (byte) 0, (byte) 1);
    ImageData.Images images = data(Format.IDX, "", List.of()).read();
    assertEquals(2, images.train().size());
    assertEquals(1, images.valid().size());
    assertEquals(
        images.valid().get(0).where(),
        data(Format.IDX, "", List.of()).read().valid().get(0).where());
  }

  @Test
  void whatIsAmissInFilesOfMnistIsNamed() throws IOException {
    assertSays("no such file", () -> data(Format.IDX, "", List.of()).read());
    idx("train", (byte) 1, (byte) 0);
    assertSays(
        "train-images-idx3-ubyte has 3 images, but", () -> data(Format.IDX, "", List.of()).read());
    idx("train", (byte) 1, (byte) 0, (byte) 7);
    assertSays(
        "label 3: class 7 has no name: data.labels has those of 2 classes",
        () -> data(Format.IDX, "", List.of("bag", "top")).read());
    Path file = dir.resolve("train-images-idx3-ubyte");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertSays(
        "has 27 bytes where its header says 28", () -> data(Format.IDX, "", List.of()).read());
    Files.write(file, new byte[] {1, 2});
    assertSays("is no IDX file of images", () -> data(Format.IDX, "", List.of()).read());
    Files.write(file, idx(0x803, new int[] {0, 2, 2}, new byte[0]));
    assertSays("says that it is empty", () -> data(Format.IDX, "", List.of()).read());
    Files.write(dir.resolve("train-labels-idx1-ubyte.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
    Files.write(file, whole);
    assertSays("train-labels-idx1-ubyte.gz", () -> data(Format.IDX, "", List.of()).read());
  }

  @Test
  void foldersAreClasses() throws IOException {
    image(dir.resolve("train/red/b.png"), "png", 0xff0000);
    image(dir.resolve("train/red/a.bmp"), "bmp", 0xfe0000);
    image(dir.resolve("train/blue/1.jpeg"), "jpeg", 0x0000ff);
    Files.writeString(dir.resolve("train/red/notes.txt"), "not an image");
    ImageData.Images images = data(Format.FOLDERS, "train", List.of()).read();
    assertEquals(List.of("blue", "red"), images.classes());
    assertEquals(
        List.of("blue", "red", "red"), images.train().stream().map(LabelledImage::label).toList());
    assertEquals(0xfffe0000, images.train().get(1).image().get().getRGB(0, 0));
    assertSays("no folder is in it", () -> data(Format.FOLDERS, "train/red", List.of()).read());
    assertSays("there is no such file", () -> data(Format.FOLDERS, "none", List.of()).read());
    Files.createDirectory(dir.resolve("train/green"));
    assertSays("green: no PNG, JPEG", () -> data(Format.FOLDERS, "train", List.of()).read());
  }

  @Test
  void brokenImagesAreNamed() throws IOException {
    Path empty = Files.createFile(dir.resolve("empty.png"));
    assertSays("empty.png: the file is empty", () -> ImageFile.read(empty));
    Path text = Files.writeString(dir.resolve("text.png"), "GIMP");
    assertSays("text.png: is no PNG, JPEG, GIF or BMP image", () -> ImageFile.read(text));
    assertSays("there is no such file", () -> ImageFile.read(dir.resolve("none.png")));
    assertSays("is a folder", () -> ImageFile.read(dir));
    int[] noise = new Random(1).ints(3000, 0, 1 << 24).toArray();
    for (String format : List.of("png", "jpeg", "gif", "bmp")) {
      byte[] whole = Files.readAllBytes(image(dir.resolve("whole." + format), format, noise));
      Path cut = Files.write(dir.resolve("cut." + format), Arrays.copyOf(whole, whole.length / 2));
      assertSays("the image is damaged or cut off", () -> ImageFile.read(cut));
    }
  }

  @Test
  void aCameraThatWasTurnedIsTurnedBack() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 6; i++) image.setRGB(i % 3, i / 3, 10 * i);
    // Rows from the top of what Pillow's exif_transpose makes of 0 1 2 / 3 4 5.
    List<String> upright =
        List.of("012345", "210543", "543210", "345012", "031425", "304152", "524130", "251403");
    for (int code = 1; code <= 8; code++) {
      byte[] file = new byte[40];
      ByteBuffer.wrap(file)
          .putShort((short) 0xffd8)
          .putShort((short) 0xffe1)
          .putShort((short) 36)
          .putInt(0x45786966) // Exif
          .putShort((short) 0)
          .putShort((short) 0x4d4d)
          .putShort((short) 42)
          .putInt(8)
          .putShort((short) 1)
          .putShort((short) 0x112)
          .putShort((short) 3)
          .putInt(1)
          .putShort((short) code);
      BufferedImage turned = Orientation.of(file).upright(image);
      StringBuilder found = new StringBuilder();
      for (int y = 0; y < turned.getHeight(); y++)
        for (int x = 0; x < turned.getWidth(); x++) found.append((turned.getRGB(x, y) & 0xff) / 10);
      assertEquals(upright.get(code - 1), found.toString(), "orientation " + code);
    }
  }

  @Test
  void aGrayModelReadsNoColours() throws IOException {
    LabelledImage red =
        new LabelledImage(
            "red.png",
            "red",
            () -> {
              BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
              image.setRGB(0, 0, 0xff0000);
              return image;
            });
    assertSays(
        "red.png: the image is in colours",
        () -> ImageSet.of(List.of(red), ImagePreprocessor.plain(1)));
    idx("train", (byte) 1, (byte) 0, (byte) 1);
    List<LabelledImage> small = data(Format.IDX, "", List.of()).read().train();
    assertSays(
        "the image has 2×2 pixels, where red.png has 1×1",
        () -> ImageSet.of(List.of(red, small.get(0)), ImagePreprocessor.plain(3)));
  }

  @Test
  void channelsAreNormalisedAndImagesMoved() throws IOException {
    idx("train", (byte) 1, (byte) 0, (byte) 1);
    ImageSet images =
        ImageSet.of(
            data(Format.IDX, "train", List.of()).read().train(), ImagePreprocessor.plain(1));
    ImagePreprocessor normalising = images.normalising(ImagePreprocessor.plain(1));
    assertEquals(454 / 12.0 / 255, normalising.mean().get(0), 1e-4);
    List<Example> examples = List.of(new Example(new int[] {0}, new int[] {1}, 1));
    ImagePreprocessor bytes =
        new ImagePreprocessor(
            normalising.resize(),
            Resampling.BILINEAR,
            normalising.crop(),
            1,
            List.of(0.0),
            List.of(1.0));
    Random random = new Random(3);
    assertArrayEquals(
        new float[] {0, 51, 102, 255},
        images.batch(examples, bytes, Augmentation.NONE, random).pixels());
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 200; i++)
      seen.add(
          Arrays.toString(
              images.batch(examples, bytes, new Augmentation(1, true), random).pixels()));
    assertEquals(15, seen.size()); // 9 cuts and their mirror images, of which 3 show the 0 alone
    assertTrue(seen.contains("[51.0, 0.0, 255.0, 102.0]"), seen.toString());
    assertTrue(seen.contains("[0.0, 0.0, 0.0, 51.0]"), seen.toString());
  }
}
