package dev.heed.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.ImagePreprocessor;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Preprocessors;
import dev.heed.task.ImageClassifier;
import dev.heed.tensor.Device;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small ViT learns whether a bright bar lies or stands. */
@ExtendWith(OneThread.class)
final class ImageRunTest {
  private static final String SCRATCH =
      """
      model: {image_size: 8, patch_size: 4, num_channels: 1, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}
      """;

  @TempDir private Path dir;

  @BeforeEach
  void images() throws IOException {
    Random random = new Random(4);
    for (int i = 0; i < 160; i++) {
      boolean lies = i % 2 == 0;
      int place = random.nextInt(8);
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
          image
              .getRaster()
              .setSample(x, y, 0, ((lies ? y : x) == place ? 200 : 0) + random.nextInt(50));
      Path folder = dir.resolve((i < 128 ? "train/" : "valid/") + (lies ? "lies" : "stands"));
      Files.createDirectories(folder);
      ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
    }
  }

  private ImageRecipe recipe(String head, String... settings) throws IOException {
    String rest =
        """
        task: images
        data: {dir: %s, valid: valid, batch: 16}
        augment: {padding: 1, flip: true}
        train:
          steps: 90
          validateEvery: 30
          saveEvery: 30
          schedule: {kind: linear, lr: 1.0e-2, warmup: 5, total: 90}
        """
            .formatted(dir);
    Path file = Files.writeString(dir.resolve("recipe.yaml"), head + rest);
    return (ImageRecipe) TrainingRecipe.read(file, List.of(settings));
  }

  /** The accuracies, in order. */
  private static List<Double> train(ImageRecipe recipe, Path out, int stopAfter) {
    List<Double> accuracies = new ArrayList<>();
    long[] steps = {0};
    Journal journal =
        new Journal() {
          @Override
          public void start(TrainState state, TrainConfig config) {}

          @Override
          public void update(TrainState state, double loss, double nll, double lr, long tokens) {
            steps[0] = state.step();
          }

          @Override
          public void validation(TrainState state, Validator.Result result) {
            accuracies.add(result.quality());
          }
        };
    Trainer.End end =
        recipe
            .run(out, Device.CPU, said -> {})
            .train(journal, () -> stopAfter > 0 && steps[0] == stopAfter);
    assertEquals(stopAfter > 0 ? Trainer.End.STOPPED : Trainer.End.FINISHED, end);
    return accuracies;
  }

  @Test
  void itLearns() throws IOException {
    Path out = dir.resolve("out");
    List<Double> accuracies = train(recipe(SCRATCH), out, 0);
    assertTrue(accuracies.get(2) > 0.9, accuracies.toString());
    Checkpoint learned = Checkpoint.load(out, Device.CPU);
    assertEquals("ViTForImageClassification", learned.architecture().name());
    assertEquals("stands", learned.config().path("id2label").path("1").asText());
    ImagePreprocessor preprocessor = Preprocessors.images(out, 1);
    assertEquals(50 / 255.0, preprocessor.mean().get(0), 0.05);
    assertEquals(
        new ImagePreprocessor.Exactly(8, 8), preprocessor.resize().orElseThrow().of(20, 30));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "architecture: SwinForImageClassification\nmodel: {image_size: 8, patch_size: 2, num_channels: 1, embed_dim: 8, depths: [1, 1], num_heads: [1, 2], window_size: 2}\n",
        "architecture: PvtForImageClassification\nmodel: {image_size: 32, num_channels: 3, num_encoder_blocks: 2, depths: [1, 1], sequence_reduction_ratios: [2, 1], hidden_sizes: [8, 16], patch_sizes: [4, 2], strides: [4, 2], num_attention_heads: [1, 2], mlp_ratios: [2, 2]}\n",
        "architecture: PvtV2ForImageClassification\nmodel: {image_size: 32, num_channels: 1, num_encoder_blocks: 2, depths: [1, 1], sr_ratios: [2, 1], hidden_sizes: [8, 16], patch_sizes: [7, 3], strides: [4, 2], num_attention_heads: [1, 2], mlp_ratios: [2, 2]}\n",
        "architecture: CLIPForImageClassification\nmodel: {vision_config: {image_size: 8, patch_size: 4, num_channels: 1, hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1}}\n"
      })
  void allFamiliesAreTrainedAndUsed(String head) throws IOException {
    Path out = dir.resolve("out");
    train(recipe(head, "train.steps=4"), out, 0);
    try (ImageClassifier classifier = ImageClassifier.load(out, Device.CPU)) {
      assertEquals(List.of("lies", "stands"), classifier.labels());
      assertTrue(classifier.classify(dir.resolve("valid/lies/128.png")).score() >= 0.5);
    }
  }

  @Test
  void aRunThatWasStoppedEndsWithTheSameWeights() throws IOException {
    train(recipe(SCRATCH), dir.resolve("whole"), 0);
    train(recipe(SCRATCH), dir.resolve("broken"), 47);
    train(recipe(SCRATCH), dir.resolve("broken"), 0);
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole/model.safetensors")),
        Files.readAllBytes(dir.resolve("broken/model.safetensors")));
  }

  @Test
  void aTrainedModelIsTrainedFurtherForOtherClasses() throws IOException {
    Path start = dir.resolve("start");
    train(recipe(SCRATCH, "train.steps=10"), start, 0);
    Files.move(dir.resolve("train/stands"), dir.resolve("train/other"));
    Files.move(dir.resolve("valid/stands"), dir.resolve("valid/other"));
    Path extra = Files.createDirectories(dir.resolve("train/third"));
    ImageIO.write(
        new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        extra.resolve("1.png").toFile());
    Path out = dir.resolve("out");
    train(recipe("", "start=" + start, "train.steps=30", "adapt.kind=head"), out, 0);
    Checkpoint learned = Checkpoint.load(out, Device.CPU);
    assertEquals("third", learned.config().path("id2label").path("2").asText());
    assertEquals(Preprocessors.images(start, 1), Preprocessors.images(out, 1));
    assertArrayEquals(patches(start), patches(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "adapter"})
  void whatIsLearnedBesideAModelIsUsed(String kind) throws IOException {
    Path start = dir.resolve("start");
    train(recipe(SCRATCH, "train.steps=10"), start, 0);
    Path out = dir.resolve("out");
    List<Double> accuracies =
        train(recipe("", "start=" + start, "adapt.kind=" + kind, "train.validateEvery=90"), out, 0);
    int right = 0;
    try (ImageClassifier classifier = ImageClassifier.load(out, Device.CPU)) {
      for (int i = 128; i < 160; i++) {
        String label = i % 2 == 0 ? "lies" : "stands";
        Path file = dir.resolve("valid").resolve(label).resolve(i + ".png");
        if (classifier.classify(file).label().equals(label)) right++;
      }
    }
    assertEquals(accuracies.get(0), right / 32.0);
    assertTrue(right > 20, accuracies.toString());
  }

  private static float[] patches(Path folder) {
    return Checkpoint.load(folder, Device.CPU)
        .model()
        .parameters()
        .get("encoder.patches.weight")
        .toFloats();
  }

  private void assertRefused(String said, String head, String... settings) {
    UserError error =
        assertThrows(
            UserError.class, () -> train(recipe(head, settings), dir.resolve("refused"), 0));
    assertTrue(error.getMessage().contains(said), error.getMessage());
  }

  @Test
  void whatIsAmissIsNamed() throws IOException {
    assertRefused("model.image_size (8×8) must be a multiple of", SCRATCH, "model.patch_size=3");
    assertRefused("model.num_channels is 2", SCRATCH, "model.num_channels=2");
    assertRefused("model: heads (3) must divide d (16)", SCRATCH, "model.num_attention_heads=3");
    assertRefused(
        "architecture BertModel can't learn the classes of images",
        "architecture: BertModel\nmodel: {num_hidden_layers: 1, hidden_size: 8, num_attention_heads: 2}\n");
    assertRefused("adapt.kind must be full from scratch", SCRATCH, "adapt.kind=lora");
    assertRefused("model's keys are for training from scratch", SCRATCH, "start=somewhere");
    Files.move(dir.resolve("valid/lies"), dir.resolve("valid/leans"));
    assertRefused(
        "the label \"leans\" is not in the training data, which has lies, stands", SCRATCH);
  }
}
