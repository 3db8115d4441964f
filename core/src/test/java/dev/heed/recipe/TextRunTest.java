package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.task.Classifier;
import dev.heed.tensor.Device;
import dev.heed.tensor.Randomness;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small encoder learns whether a text has more of one word than of another. */
@ExtendWith(OneThread.class)
final class TextRunTest {
  @TempDir private Path folder;

  @BeforeEach
  void base() throws IOException {
    Random random = new Random(5);
    write("train.tsv", random, 600);
    write("dev.tsv", random, 80);
    Tokenizer tokenizer =
        Tokenizer.of(TokenizerTrainer.of("wordpiece", 26, 1).train(List.of("sun rain wind and")));
    Path base = Files.createDirectories(folder.resolve("base"));
    Randomness.seed(3);
    Checkpoint.create(
            "BertModel",
            JsonNodeFactory.instance
                .objectNode()
                .put("vocab_size", tokenizer.size())
                .put("hidden_size", 32)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 2)
                .put("intermediate_size", 64)
                .put("max_position_embeddings", 32)
                .put("pad_token_id", tokenizer.pad()))
        .save(base);
    tokenizer.save(base);
  }

  private void write(String name, Random random, int lines) throws IOException {
    StringBuilder text = new StringBuilder("weather\tclass\n");
    for (int i = 0; i < lines; i++) {
      int suns = 0;
      for (int word = 0; word < 7; word++) {
        boolean sun = random.nextBoolean();
        suns += sun ? 1 : 0;
        text.append(word == 0 ? "" : random.nextBoolean() ? " and " : " ");
        text.append(sun ? "sun" : "rain");
      }
      text.append(suns > 3 ? "\tfine\n" : "\twet\n");
    }
    Files.writeString(folder.resolve(name), text, UTF_8);
  }

  private TextRecipe recipe(String... settings) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("recipe.yaml"),
            """
            task: classify
            model: %s
            data: {dir: %s, header: true, maxLength: 32, batchTokens: 512}
            train:
              steps: 120
              validateEvery: 40
              saveEvery: 40
              schedule: {kind: linear, lr: 5.0e-3, warmup: 10, total: 120}
            """
                .formatted(folder.resolve("base"), folder));
    return (TextRecipe) TrainingRecipe.read(file, List.of(settings));
  }

  private static double train(TextRecipe recipe, Path out) {
    double[] best = {0};
    Journal journal =
        new Journal() {
          @Override
          public void start(TrainState state, TrainConfig config) {}

          @Override
          public void update(TrainState s, double loss, double nll, double lr, long tokens) {}

          @Override
          public void validation(TrainState state, Validator.Result result) {
            best[0] = Math.max(best[0], result.quality());
          }
        };
    TrainingRun run = recipe.run(out, Device.CPU, said -> {});
    assertEquals(Trainer.End.FINISHED, run.train(journal, () -> false));
    return best[0];
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "lora", "adapter", "prefix", "prompt"})
  void itLearns(String kind) throws IOException {
    Path out = folder.resolve("out");
    double accuracy =
        train(
            recipe(
                "adapt.kind=" + kind,
                "adapt.lora.targets=[query, value, dense]",
                "adapt.adapter.size=16",
                "adapt.prefix.length=4",
                "adapt.prompt.length=4"),
            out);
    boolean bodyIsRandom = kind.equals("prefix") || kind.equals("prompt");
    assertTrue(accuracy > (bodyIsRandom ? 0.55 : 0.9), "accuracy " + accuracy);
    Checkpoint learned = Checkpoint.load(out, Device.CPU);
    assertEquals("BertForSequenceClassification", learned.architecture().name());
    assertEquals("fine", learned.config().path("id2label").path("0").asText());
    assertEquals(!kind.equals("full"), Files.exists(out.resolve("adapter/adapter_config.json")));
    assertEquals(accuracy, accuracyOfFolder(out), 1e-9);
  }

  /** Of the held-out texts, by what an application loads. */
  private double accuracyOfFolder(Path out) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("dev.tsv"), UTF_8);
    int right = 0;
    try (Classifier classifier = Classifier.load(out)) {
      for (String line : lines.subList(1, lines.size())) {
        String[] fields = line.split("\t");
        if (classifier.classify(fields[0]).label().equals(fields[1])) right++;
      }
    }
    return (double) right / (lines.size() - 1);
  }

  @Test
  void aFrozenBodyStaysAsItIs() throws IOException {
    Path out = folder.resolve("out");
    train(recipe("adapt.kind=head", "train.steps=20"), out);
    assertArrayEquals(tokens(folder.resolve("base")), tokens(out));
  }

  private static float[] tokens(Path folder) {
    return Checkpoint.load(folder, Device.CPU)
        .model()
        .parameters()
        .get("encoder.tokens.weight")
        .toFloats();
  }

  @Test
  void whatIsAmissIsNamed() throws IOException {
    Files.writeString(folder.resolve("dev.tsv"), "weather\tclass\nsun\tcloudy\n", UTF_8);
    List<String> said = new ArrayList<>();
    UserError error =
        assertThrows(
            UserError.class,
            () ->
                recipe()
                    .run(folder.resolve("out"), Device.CPU, said::add)
                    .train(Journal.SILENT, () -> false));
    assertEquals(
        folder.resolve("dev.tsv")
            + ":2: the label \"cloudy\" is not in the training data, which has fine, wet",
        error.getMessage());
  }

  /** Whether two texts have the same weather, and how often it is sunny in both. */
  private void pairs(String name, Random random, int lines) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines; i++) {
      boolean one = random.nextBoolean();
      boolean other = random.nextBoolean();
      String number = one && other ? "2" : one || other ? "1" : "0";
      text.append(
          "{\"a\": \"%s\", \"b\": \"%s\", \"same\": \"%s\", \"suns\": %s}\n"
              .formatted(
                  one ? "sun" : "rain",
                  other ? "sun" : "wind",
                  one == other ? "yes" : "no",
                  number));
    }
    Files.writeString(folder.resolve(name), text, UTF_8);
  }

  private TextRecipe ofPairs(String... settings) throws IOException {
    Random random = new Random(5);
    pairs("train.jsonl", random, 600);
    pairs("dev.jsonl", random, 80);
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.format=jsonl",
                "data.header=false",
                "data.text=a",
                "data.second=b",
                "data.train=train.jsonl",
                "data.valid=dev.jsonl"));
    all.addAll(List.of(settings));
    return recipe(all.toArray(String[]::new));
  }

  @Test
  void pairsAreReadInSegments() throws IOException {
    Path out = folder.resolve("out");
    double accuracy = train(ofPairs("data.label=same"), out);
    assertTrue(accuracy > 0.9, "accuracy " + accuracy);
    try (Classifier classifier = Classifier.load(out, Device.CPU)) {
      assertEquals("yes", classifier.classify("sun", "sun").label());
      assertEquals("no", classifier.classify("rain", "sun").label());
    }
  }

  @Test
  void numbersAreLearned() throws IOException {
    Path out = folder.resolve("out");
    double correlation = train(ofPairs("task=regress", "data.label=suns"), out);
    assertTrue(correlation > 0.9, "correlation " + correlation);
    try (Classifier classifier = Classifier.load(out, Device.CPU)) {
      assertEquals(2, classifier.classify("sun", "sun").score(), 0.5);
      assertEquals(0, classifier.classify("rain", "wind").score(), 0.5);
    }
    UserError error =
        assertThrows(
            UserError.class,
            () -> train(ofPairs("task=regress", "data.label=same"), folder.resolve("other")));
    assertTrue(error.getMessage().contains("is no number"), error.getMessage());
  }
}
