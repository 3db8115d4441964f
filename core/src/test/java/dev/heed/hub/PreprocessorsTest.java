package dev.heed.hub;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OracleCases;
import dev.heed.OracleCases.Case;
import dev.heed.config.UserError;
import dev.heed.data.ImagePreprocessor;
import dev.heed.data.LogMel;
import dev.heed.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What preprocessor_config.json says, and {@link ImagePreprocessor} against Hugging Face's. */
final class PreprocessorsTest {
  private static final String SUBJECT = "hf/preprocessing_images";

  @TempDir Path folder;

  static List<Case> cases() {
    return OracleCases.of(SUBJECT);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void imagesEqualHuggingFace(Case fixture) {
    ImagePreprocessor images =
        Preprocessors.images(Fixtures.folder(SUBJECT).resolve(fixture.name()), 3);
    Tensor pixels = images.pixels(List.of(image(fixture.in("image"))));
    assertClose("pixels", fixture.out("pixels"), pixels.select(0, 0), 1e-6, 1e-6);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsWrittenIsReadAlike(Case fixture) {
    ImagePreprocessor images =
        Preprocessors.images(Fixtures.folder(SUBJECT).resolve(fixture.name()), 3);
    Preprocessors.save(folder, images);
    assertEquals(images, Preprocessors.images(folder, 3));
  }

  private static BufferedImage image(Tensor rgb) {
    int height = (int) rgb.size(0);
    int width = (int) rgb.size(1);
    long[] values = rgb.toLongs(); // (H, W, 3)
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < height * width; i++) {
      long color = values[3 * i] << 16 | values[3 * i + 1] << 8 | values[3 * i + 2];
      image.setRGB(i % width, i / width, (int) color);
    }
    return image;
  }

  @Test
  void grayImagesKeepTheirValues() {
    BufferedImage gray = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
    gray.getRaster().setSample(0, 0, 0, 51);
    assertEquals(
        List.of(51f, 51f, 51f),
        values(write("{\"do_resize\": false, \"do_rescale\": false}"), gray));
  }

  private List<Float> values(Path written, BufferedImage image) {
    float[] values = Preprocessors.images(written, 3).pixels(List.of(image)).toFloats();
    return List.of(values[0], values[1], values[2]);
  }

  @Test
  void aNumberIsTheShorterSideOfWhatIsCut() {
    ImagePreprocessor images =
        Preprocessors.images(write("{\"size\": 8, \"do_center_crop\": true, \"crop_size\": 6}"), 3);
    BufferedImage image = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
    assertEquals("FLOAT32(1, 3, 6, 6)", images.pixels(List.of(image)).toString());
    assertEquals(new ImagePreprocessor.Exactly(8, 16), images.resize().orElseThrow().of(20, 40));
  }

  @Test
  void saysWhatItCannotRead() {
    UserError unknown =
        assertThrows(
            UserError.class,
            () -> Preprocessors.images(write("{\"resample\": 1, \"size\": 4}"), 3));
    assertTrue(unknown.getMessage().contains("resample is 1"), unknown.getMessage());
    UserError missing =
        assertThrows(UserError.class, () -> Preprocessors.images(folder.resolve("none"), 3));
    assertTrue(missing.getMessage().endsWith("is missing"), missing.getMessage());
  }

  @Test
  void readsTheSettingsOfSound() {
    assertEquals(
        new LogMel(128, 16_000, 160, 30, 400),
        Preprocessors.logMel(write("{\"feature_size\": 128}")));
  }

  @Test
  void aGrayModelHasANumberOfEach() {
    ImagePreprocessor one = Preprocessors.images(write("{\"size\": 4, \"image_mean\": 0.5}"), 1);
    assertEquals(List.of(0.5), one.mean());
    assertEquals(List.of(1.0), one.deviation());
    Path three = write("{\"size\": 4, \"image_std\": [1, 1, 1]}");
    UserError error = assertThrows(UserError.class, () -> Preprocessors.images(three, 1));
    assertTrue(error.getMessage().contains("image_std has 3 numbers"), error.getMessage());
  }

  private Path write(String json) {
    try {
      Files.writeString(folder.resolve(Preprocessors.FILE), json);
      return folder;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
