package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.ImageFile;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Scored;
import dev.heed.tensor.Device;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Classes of images against transformers' pipelines; {@code fixtures/images.py} wrote the numbers.
 */
@ExtendWith(OneThread.class)
final class ImageTasksTest {
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path dir;

  private static JsonNode cases(Path folder) throws IOException {
    JsonNode cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
    assertFalse(cases.isEmpty());
    return cases;
  }

  private static void assertScores(JsonNode expected, List<Scored> told) {
    assertEquals(expected.size(), told.size());
    double before = Double.POSITIVE_INFINITY;
    for (Scored one : told) {
      assertEquals(expected.path(one.label()).asDouble(), one.score(), TOLERANCE, one.label());
      assertTrue(one.score() <= before, told.toString());
      before = one.score();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"images_vit", "images_gray"})
  void classesAreThoseOfTransformers(String name) throws IOException {
    Path folder = Fixtures.folder("hf/" + name);
    try (ImageClassifier loaded = ImageClassifier.load(folder, Device.CPU)) {
      ImageClassifier all =
          loaded.with(new Classifier.Options(loaded.options().scores(), 100, -1, TooLong.FAIL, 2));
      List<Path> files = new ArrayList<>();
      List<BufferedImage> images = new ArrayList<>();
      for (JsonNode one : cases(folder)) {
        files.add(folder.resolve(one.path("image").asText()));
        images.add(ImageFile.read(files.get(files.size() - 1)));
      }
      List<Integer> done = new ArrayList<>();
      List<Classes> told = all.classifyFiles(files, done::add);
      assertEquals(told, all.classify(images, i -> {}));
      for (int i = 0; i < told.size(); i++)
        assertScores(cases(folder).get(i).path("scores"), told.get(i).labels());
      assertEquals(files.size(), done.stream().mapToInt(i -> i).sum());
      Scored best = loaded.classify(files.get(0));
      assertEquals(told.get(0).labels().get(0).label(), best.label());
      assertTrue(loaded.labels().contains(best.label()));
    }
  }

  @Test
  void labelsWithoutTrainingAreThoseOfTransformers() throws IOException {
    Path folder = Fixtures.folder("hf/images_clip");
    try (ZeroShot clip = ZeroShot.load(folder, Device.CPU)) {
      for (JsonNode one : cases(folder)) {
        List<String> labels = new ArrayList<>();
        one.path("labels").forEach(label -> labels.add(label.asText()));
        String template = one.path("template").asText();
        ZeroShot among = clip.with(new ZeroShot.Options(template, 100, 0, 2)).among(labels);
        Path file = folder.resolve(one.path("image").asText());
        BufferedImage image = ImageFile.read(file);
        List<List<Scored>> told = among.classifyFiles(List.of(file, file, file), done -> {});
        assertScores(one.path("scores"), told.get(2));
        assertEquals(told.get(2).get(0).label(), among.classify(image).label());
        assertCosines(among, labels, template, image, told.get(0));
      }
    }
  }

  /** Ratios of the scores are e to the differences of cosines, scaled. */
  private static void assertCosines(
      ZeroShot clip, List<String> labels, String template, BufferedImage image, List<Scored> told) {
    List<String> texts = labels.stream().map(label -> template.replace("{}", label)).toList();
    List<float[]> vectors = clip.embedTexts(texts);
    float[] seen = clip.embedImages(List.of(image)).get(0);
    assertEquals(1, Embedder.cosine(seen, seen), 1e-6);
    double scale = Math.exp(2.6592);
    for (Scored one : told) {
      double best = Embedder.cosine(vectors.get(labels.indexOf(told.get(0).label())), seen);
      double cosine = Embedder.cosine(vectors.get(labels.indexOf(one.label())), seen);
      assertEquals(one.score() / told.get(0).score(), Math.exp(scale * (cosine - best)), 1e-4);
    }
  }

  private static void assertSays(String said, Executable action) {
    UserError error = assertThrows(UserError.class, action);
    assertTrue(error.getMessage().contains(said), error.getMessage());
  }

  private Path copy(String name) throws IOException {
    try (var files = Files.list(Fixtures.folder("hf/" + name))) {
      for (Path file : files.toList())
        Files.copy(
            file, dir.resolve(file.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
    }
    return dir;
  }

  @Test
  void whatIsAmissIsNamed() throws IOException {
    Path vit = Fixtures.folder("hf/images_vit");
    Path gray = Fixtures.folder("hf/images_gray");
    Path clip = Fixtures.folder("hf/images_clip");
    assertSays("there is no model folder", () -> ImageClassifier.load(dir.resolve("none")));
    assertSays(
        "holds a CLIPModel, which has no classes of images", () -> ImageClassifier.load(clip));
    assertSays("which doesn't compare images with texts", () -> ZeroShot.load(vit));
    try (ImageClassifier classifier = ImageClassifier.load(gray, Device.CPU)) {
      Path file = vit.resolve("colours.png");
      assertSays(
          "colours.png: the image is in colours",
          () -> classifier.classifyFiles(List.of(gray.resolve("0.png"), file), done -> {}));
      assertSays("image 1: the image is in", () -> classifier.classify(ImageFile.read(file)));
      assertSays("there is no such file", () -> classifier.classify(dir.resolve("none.png")));
    }
    try (ZeroShot loaded = ZeroShot.load(clip, Device.CPU)) {
      assertSays("name at least one label", () -> loaded.among(List.of()));
      assertSays(
          "tokens, where the model reads 1 to 40", () -> loaded.among(List.of("dog ".repeat(40))));
      assertThrows(IllegalStateException.class, () -> loaded.classify(clip.resolve("wide.png")));
    }
    assertSays("has no {} where a label stands", () -> new ZeroShot.Options("a photo", 1, 0, 1));
    Path folder = copy("images_gray");
    Path preprocessor = folder.resolve("preprocessor_config.json");
    Files.writeString(preprocessor, "{\"size\": 12, \"image_mean\": [0.5, 0.5, 0.5]}");
    assertSays(
        "image_mean has 3 numbers, where the model reads images of 1 channel(s)",
        () -> ImageClassifier.load(folder));
    Files.delete(preprocessor);
    assertSays("preprocessor_config.json is missing", () -> ImageClassifier.load(folder));
  }
}
