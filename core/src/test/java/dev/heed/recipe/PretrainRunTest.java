package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Small language models learn a text of few sentences. */
@ExtendWith(OneThread.class)
final class PretrainRunTest {
  private static final String CAUSAL =
      """
      task: causal
      architecture: GPT2LMHeadModel
      model: {n_layer: 1, n_head: 2, n_embd: 32, n_positions: 16, resid_pdrop: 0.0}
      text: {kind: characters, vocabulary: 60, minFrequency: 1}
      """;
  private static final String MASKED =
      """
      task: masked
      architecture: BertForMaskedLM
      model: {num_hidden_layers: 1, num_attention_heads: 2, hidden_size: 32, intermediate_size: 64, max_position_embeddings: 16}
      text: {kind: wordpiece, vocabulary: 40, minFrequency: 1}
      wholeWords: true
      """;

  @TempDir private Path dir;

  @BeforeEach
  void text() throws IOException {
    Random random = new Random(2);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 400; i++)
      text.append(random.nextBoolean() ? "the dog runs home\n" : "a cat sees the dog\n");
    Files.writeString(dir.resolve("input.txt"), text, UTF_8);
  }

  private PretrainRecipe recipe(String head, String... settings) throws IOException {
    String rest =
        """
        data: {dir: %s, context: 16, batch: 8}
        train:
          steps: 60
          best: loss
          validateEvery: 20
          saveEvery: 20
          schedule: {kind: linear, lr: 1.0e-2, warmup: 5, total: 60}
        """
            .formatted(dir);
    Path file = Files.writeString(dir.resolve("recipe.yaml"), head + rest);
    return (PretrainRecipe) TrainingRecipe.read(file, List.of(settings));
  }

  /** The validation perplexities, in order. */
  private static List<Double> train(PretrainRecipe recipe, Path out, int stopAfter) {
    List<Double> perplexities = new ArrayList<>();
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
            perplexities.add(result.perplexity());
          }
        };
    TrainingRun run = recipe.run(out, Device.CPU, said -> {});
    Trainer.End end = run.train(journal, () -> stopAfter > 0 && steps[0] == stopAfter);
    assertEquals(stopAfter > 0 ? Trainer.End.STOPPED : Trainer.End.FINISHED, end);
    return perplexities;
  }

  @Test
  void aDecoderLearnsWhatFollows() throws IOException {
    List<Double> perplexities = train(recipe(CAUSAL), dir.resolve("out"), 0);
    assertTrue(perplexities.get(2) < perplexities.get(0) && perplexities.get(2) < 2.5);
    assertEquals(
        "GPT2LMHeadModel", Checkpoint.load(dir.resolve("out"), Device.CPU).architecture().name());
  }

  @Test
  void anEncoderLearnsWhatIsHidden() throws IOException {
    List<Double> perplexities = train(recipe(MASKED), dir.resolve("out"), 0);
    assertTrue(perplexities.get(2) < perplexities.get(0), perplexities.toString());
  }

  @Test
  void aRunThatWasStoppedEndsWithTheSameWeights() throws IOException {
    train(recipe(MASKED), dir.resolve("whole"), 0);
    train(recipe(MASKED), dir.resolve("broken"), 33);
    train(recipe(MASKED), dir.resolve("broken"), 0);
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole/model.safetensors")),
        Files.readAllBytes(dir.resolve("broken/model.safetensors")));
  }

  @Test
  void aTaskAndAModelOfOtherKindsAreRefused() throws IOException {
    PretrainRecipe recipe = recipe(CAUSAL, "architecture=BertForMaskedLM", "model={}");
    UserError error = assertThrows(UserError.class, () -> train(recipe, dir.resolve("out"), 0));
    assertTrue(
        error.getMessage().startsWith("architecture BertForMaskedLM can't learn the task causal"),
        error.getMessage());
  }
}
