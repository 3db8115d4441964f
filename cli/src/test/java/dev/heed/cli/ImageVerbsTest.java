package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.data.ImagePreprocessor;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Preprocessors;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classes of images; that their numbers are right is tested in core. */
class ImageVerbsTest {
  @TempDir private Path dir;
  private Path dark;
  private Path light;

  @BeforeEach
  void images() throws IOException {
    dark = image("dark.png", 0x102030);
    light = image("light.png", 0xf0e0d0);
  }

  private Path image(String name, int color) throws IOException {
    BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 63; i++) image.setRGB(i % 9, i / 9, color);
    Path file = dir.resolve(name);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private static ObjectNode sizes(ObjectNode config) {
    return config
        .put("hidden_size", 8)
        .put("num_hidden_layers", 1)
        .put("num_attention_heads", 2)
        .put("intermediate_size", 16);
  }

  private static void save(Path folder, String architecture, ObjectNode config) {
    Randomness.seed(5);
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Checkpoint.create(architecture, config).save(folder);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Preprocessors.save(
        folder, ImagePreprocessor.plain(3).resizing(new ImagePreprocessor.Exactly(8, 8)));
  }

  private Path vit() {
    ObjectNode config = sizes(new ObjectMapper().createObjectNode());
    config.put("image_size", 8).put("patch_size", 4);
    config.putObject("id2label").put("0", "night").put("1", "day").put("2", "dusk");
    save(dir.resolve("vit"), "ViTForImageClassification", config);
    return dir.resolve("vit");
  }

  private Path clip() {
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerTrainer.of("wordpiece", 45, 1, Specials.BERT)
                .train(List.of("this is a photo of the night", "a bright day.")));
    ObjectNode config = new ObjectMapper().createObjectNode().put("projection_dim", 4);
    sizes(config.putObject("text_config"))
        .put("vocab_size", tokenizer.size())
        .put("eos_token_id", tokenizer.id("[SEP]").orElseThrow());
    sizes(config.putObject("vision_config")).put("image_size", 8).put("patch_size", 4);
    save(dir.resolve("clip"), "CLIPModel", config);
    tokenizer.save(dir.resolve("clip"));
    return dir.resolve("clip");
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  @Test
  void classesOfFilesThatAreNamed() throws IOException {
    Path vit = vit();
    List<String> lines =
        Shell.run("classify", "--model", vit, "--n-best", 3, dark, light, dark).lines();
    assertEquals(3, lines.size());
    assertEquals(lines.get(0), lines.get(2));
    assertEquals(6, lines.get(0).split("\t").length, lines.get(0));
    List<String> objects =
        Shell.pipe(dark + "\n" + light + "\n", "classify", "--model", vit, "--json", "--batch", 1)
            .lines();
    assertEquals(light.toString(), json(objects.get(1)).path("file").asText());
    assertEquals(lines.get(1).split("\t")[0], json(objects.get(1)).at("/labels/0/label").asText());
    String line = "{\"id\": 3, \"file\": \"%s\"}\n".formatted(dark);
    JsonNode told =
        json(
            Shell.pipe(line, "classify", "--model", vit, "--fields", "file", "--json")
                .lines()
                .get(0));
    assertEquals(3, told.path("id").asInt());
    assertEquals(lines.get(0).split("\t")[0], told.at("/labels/0/label").asText());
  }

  @Test
  void labelsThatAreNamed() throws IOException {
    Path clip = clip();
    List<String> lines =
        Shell.run(
                "classify", "--model", clip, "--labels", "night,a bright day", "--n-best", 5, dark)
            .lines();
    String[] fields = lines.get(0).split("\t");
    assertEquals(4, fields.length, lines.get(0));
    assertEquals(1, Double.parseDouble(fields[1]) + Double.parseDouble(fields[3]), 2e-4);
    String other =
        Shell.run(
                "classify",
                "--model",
                clip,
                "--labels",
                "night,a bright day",
                "--n-best",
                5,
                "--template",
                "{}",
                dark)
            .out();
    assertTrue(!other.equals(lines.get(0) + "\n"), other);
  }

  @Test
  void whatIsAmissIsNamed() throws IOException {
    Path vit = vit();
    Path clip = clip();
    assertSays(
        "holds a CLIPModel, which has no classes of images: give one such as ViTForImageClassification, or labels to choose from (--labels)",
        Shell.run("classify", "--model", clip, dark).failure(1));
    assertSays(
        "holds a ViTForImageClassification, which doesn't compare images with texts",
        Shell.run("classify", "--model", vit, "--labels", "a", dark).failure(1));
    assertSays(
        "--pairs is for models of texts",
        Shell.run("classify", "--model", vit, "--pairs", dark).failure(2));
    assertSays(
        "--multi-label is not for --labels",
        Shell.run("classify", "--model", clip, "--labels", "a", "--multi-label", dark).failure(2));
    assertSays(
        "has no {}",
        Shell.run("classify", "--model", clip, "--labels", "a", "--template", "x", dark)
            .failure(2));
    Path broken = Files.writeString(dir.resolve("broken.jpg"), "no image");
    assertSays(
        "broken.jpg: is no PNG, JPEG, GIF or BMP image",
        Shell.run("classify", "--model", vit, broken).failure(1));
    assertSays(
        "holds a ViTForImageClassification, which is no text encoder",
        Shell.pipe("a\n", "embed", "--model", vit).failure(1));
  }

  private static void assertSays(String said, String message) {
    assertTrue(message.contains(said), message);
  }
}
