package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.task.Generator;
import dev.heed.task.Prompt;
import dev.heed.tensor.Device;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Small models learn to say what weather means. */
@ExtendWith(OneThread.class)
final class GenerateRunTest {
  private static final List<String> FILLERS = List.of("the", "and", "a", "in", "today", "or");

  @TempDir private Path dir;

  @BeforeEach
  void texts() throws IOException {
    Random random = new Random(5);
    write("train.jsonl", random, 400);
    write("dev.jsonl", random, 20);
  }

  private void write(String name, Random random, int lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      boolean sun = random.nextBoolean();
      text.append("{\"weather\": \"").append(sun ? "sun" : "rain");
      for (int word = random.nextInt(4); word >= 0; word--)
        text.append(' ').append(FILLERS.get(random.nextInt(FILLERS.size())));
      text.append("\", \"means\": [\"it is ").append(sun ? "warm" : "wet outside");
      text.append("\", \"another\"]}\n");
    }
    Files.writeString(dir.resolve(name), text, UTF_8);
  }

  private GenerateRecipe recipe(WriterFolder kind, String... settings) throws IOException {
    Path model = dir.resolve(kind.name());
    if (!Files.exists(model)) kind.write(model);
    Path file =
        Files.writeString(
            dir.resolve("recipe.yaml"),
            """
            task: generate
            model: %s
            quality: exact
            data: {dir: %s, source: weather, target: means, prefix: "today : ", maxSource: 10, maxTarget: 6, batchTokens: 160}
            train:
              steps: 60
              validateEvery: 20
              saveEvery: 20
              schedule: {kind: linear, lr: 1.0e-2, warmup: 5, total: 60}
            """
                .formatted(model, dir));
    return (GenerateRecipe) TrainingRecipe.read(file, List.of(settings));
  }

  private static Validator.Result train(GenerateRecipe recipe, Path out, int stopAfter) {
    AtomicReference<Validator.Result> last = new AtomicReference<>();
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
            last.set(result);
          }
        };
    TrainingRun run = recipe.run(out, Device.CPU, said -> {});
    Trainer.End end = run.train(journal, () -> stopAfter > 0 && steps[0] == stopAfter);
    assertEquals(stopAfter > 0 ? Trainer.End.STOPPED : Trainer.End.FINISHED, end);
    return last.get();
  }

  @ParameterizedTest
  @EnumSource
  void itLearnsAndTheFolderWrites(WriterFolder kind) throws IOException {
    Path out = dir.resolve("out");
    Validator.Result last = train(recipe(kind), out, 0);
    assertEquals(1, last.quality(), 0.05, last.toString());
    assertTrue(last.loss() < 0.2, last.toString());
    try (Generator generator = Generator.load(out, Device.CPU)) {
      String said = generator.generate(new Prompt.Text("today : rain and the")).text().strip();
      assertEquals("it is wet outside", said);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRunThatWasStoppedEndsWithTheSameWeights(WriterFolder kind) throws IOException {
    train(recipe(kind), dir.resolve("whole"), 0);
    train(recipe(kind), dir.resolve("broken"), 33);
    train(recipe(kind), dir.resolve("broken"), 0);
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole/model.safetensors")),
        Files.readAllBytes(dir.resolve("broken/model.safetensors")));
  }

  @Test
  void lowRankUpdatesAreSavedApart() throws IOException {
    Path out = dir.resolve("out");
    train(
        recipe(
            WriterFolder.T5,
            "adapt.kind=lora",
            "adapt.lora.targets=[q, v]",
            "train.steps=20",
            "quality=rougeL"),
        out,
        0);
    assertTrue(Files.exists(out.resolve("adapter/adapter_config.json")));
    assertTrue(Files.exists(out.resolve("generation_config.json")));
  }

  @Test
  void whatIsAmissIsNamed() throws IOException {
    assertSays(recipe(WriterFolder.T5, "adapt.kind=head"), "adapt.kind head trains weights");
    assertSays(
        recipe(WriterFolder.BART, "data.target=sense"),
        dir.resolve("train.jsonl") + ":1: no field \"sense\"");
    assertSays(
        recipe(WriterFolder.GPT2, "data.format=messages", "data.prefix=''"),
        dir.resolve("train.jsonl") + ":1: field \"weather\" is no list of messages");
    Files.delete(dir.resolve("T5/tokenizer.json"));
    assertSays(recipe(WriterFolder.T5), dir.resolve("T5") + " has no tokenizer.json");
  }

  private void assertSays(GenerateRecipe recipe, String beginning) {
    UserError error = assertThrows(UserError.class, () -> train(recipe, dir.resolve("refused"), 0));
    assertTrue(error.getMessage().startsWith(beginning), error.getMessage());
  }
}
