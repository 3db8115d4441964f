package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
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
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Small language models learn a text of few sentences. */
@ExtendWith(OneThread.class)
final class PretrainRunTest {
  private static final String WORDS = "text: {kind: wordpiece, vocabulary: 40, minFrequency: 1}\n";

  /** A recipe of each kind, the architecture that it makes, and how far its loss is to fall. */
  private enum Kind {
    CAUSAL(
        "GPT2LMHeadModel",
        0.5,
        """
        task: causal
        model: {n_layer: 1, n_head: 2, n_embd: 32, n_positions: 16, resid_pdrop: 0.0}
        text: {kind: characters, vocabulary: 60, minFrequency: 1}
        data: {context: 16, batch: 8}
        """),
    PACKED(
        "LlamaForCausalLM",
        0.5,
        """
        task: causal
        architecture: LlamaForCausalLM
        model: {num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, hidden_size: 32, intermediate_size: 64}
        text: {kind: bpe, vocabulary: 280, minFrequency: 1}
        data: {context: 24, batch: 8, documents: emptyLines}
        """),
    MASKED(
        "BertForMaskedLM",
        0.9,
        """
        task: masked
        model: {num_hidden_layers: 1, num_attention_heads: 2, hidden_size: 32, intermediate_size: 64, max_position_embeddings: 16}
        wholeWords: true
        data: {context: 16, batch: 8}
        """
            + WORDS),
    NEXT_SENTENCE(
        "BertForPreTraining",
        0.9,
        """
        task: masked
        nextSentence: true
        model: {num_hidden_layers: 1, num_attention_heads: 2, hidden_size: 32, intermediate_size: 64, max_position_embeddings: 24}
        data: {context: 24, batch: 8, documents: emptyLines}
        """
            + WORDS),
    REPLACED(
        "ElectraForPreTraining",
        0.95,
        """
        task: replaced
        model: {embedding_size: 32, num_hidden_layers: 1, num_attention_heads: 2, hidden_size: 32, intermediate_size: 64, max_position_embeddings: 16}
        generator: {hidden_size: 16, intermediate_size: 32}
        data: {context: 16, batch: 8}
        """
            + WORDS),
    SPANS(
        "T5ForConditionalGeneration",
        0.8,
        """
        task: spans
        model: {num_layers: 1, num_heads: 2, d_kv: 16, d_model: 32, d_ff: 64}
        text: {kind: unigram, vocabulary: 130, minFrequency: 1}
        data: {context: 24, batch: 8, documents: emptyLines}
        """),
    DENOISE(
        "BartForConditionalGeneration",
        0.8,
        """
        task: denoise
        model: {encoder_layers: 1, decoder_layers: 1, d_model: 32, encoder_attention_heads: 2, decoder_attention_heads: 2, encoder_ffn_dim: 64, decoder_ffn_dim: 64, max_position_embeddings: 32}
        text: {kind: bpe, vocabulary: 280, minFrequency: 1}
        denoise: {permute: 1, infill: 0.2, mask: 0.1, delete: 0.1, rotate: 0.5}
        data: {context: 24, batch: 8}
        """);

    private final String architecture;
    private final double falls;
    private final String recipe;

    Kind(String architecture, double falls, String recipe) {
      this.architecture = architecture;
      this.falls = falls;
      this.recipe = recipe;
    }
  }

  @TempDir private Path dir;

  @BeforeEach
  void text() throws IOException {
    Random random = new Random(2);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      text.append(random.nextBoolean() ? "the dog runs home.\n" : "a cat sees the dog.\n");
      if (random.nextInt(6) == 0) text.append('\n');
    }
    Files.writeString(dir.resolve("input.txt"), text, UTF_8);
  }

  private PretrainRecipe recipe(String head, String... settings) throws IOException {
    String rest =
        """
        train:
          steps: 60
          best: loss
          validateEvery: 20
          saveEvery: 20
          schedule: {kind: linear, lr: 1.0e-2, warmup: 5, total: 60}
        """;
    Path file = Files.writeString(dir.resolve("recipe.yaml"), head + rest);
    List<String> all = new ArrayList<>(List.of("data.dir=" + dir));
    all.addAll(List.of(settings));
    return (PretrainRecipe) TrainingRecipe.read(file, all);
  }

  private PretrainRecipe recipe(Kind kind, String... settings) throws IOException {
    return recipe(kind.recipe, settings);
  }

  /** The validations' losses, in order. */
  private static List<Double> train(PretrainRecipe recipe, Path out, int stopAfter) {
    List<Double> losses = new ArrayList<>();
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
            losses.add(result.loss());
          }
        };
    TrainingRun run = recipe.run(out, Device.CPU, said -> {});
    Trainer.End end = run.train(journal, () -> stopAfter > 0 && steps[0] == stopAfter);
    assertEquals(stopAfter > 0 ? Trainer.End.STOPPED : Trainer.End.FINISHED, end);
    return losses;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theLossFallsAndTheModelIsSaved(Kind kind) throws IOException {
    Path out = dir.resolve("out");
    List<Double> losses = train(recipe(kind), out, 0);
    double first = train(recipe(kind, "train.steps=1"), dir.resolve("first"), 0).get(0);
    double last = losses.get(losses.size() - 1);
    assertTrue(last < kind.falls * first, first + " → " + losses);
    assertEquals(kind.architecture, Checkpoint.load(out, Device.CPU).architecture().name());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aRunThatWasStoppedEndsWithTheSameWeights(Kind kind) throws IOException {
    String[] bounds = {"train.steps=14", "train.validateEvery=7", "train.saveEvery=5"};
    train(recipe(kind, bounds), dir.resolve("whole"), 0);
    train(recipe(kind, bounds), dir.resolve("broken"), 8);
    train(recipe(kind, bounds), dir.resolve("broken"), 0);
    assertSameFile("model.safetensors");
    if (kind == Kind.REPLACED) assertSameFile("generator/model.safetensors");
  }

  private void assertSameFile(String name) throws IOException {
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole").resolve(name)),
        Files.readAllBytes(dir.resolve("broken").resolve(name)));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aRunBeginsWhereItsStartEnded(Kind kind) throws IOException {
    String[] few = {"train.steps=10", "train.validateEvery=10"};
    List<Double> before = train(recipe(kind, few), dir.resolve("base"), 0);
    String start = "start=" + dir.resolve("base");
    List<Double> after =
        train(
            recipe(
                kind, start, "model={}", "generator={}", "train.steps=1", "train.schedule.lr=1e-9"),
            dir.resolve("further"),
            0);
    assertEquals(before.get(0), after.get(0), 1e-3 * before.get(0));
    assertEquals(
        kind.architecture,
        Checkpoint.load(dir.resolve("further"), Device.CPU).architecture().name());
  }

  @Test
  void lowRankUpdatesOfADecoderAreLearnedAndMerged() throws IOException {
    train(recipe(Kind.CAUSAL, "train.steps=20"), dir.resolve("base"), 0);
    Path out = dir.resolve("tuned");
    List<Double> losses =
        train(
            recipe(
                Kind.CAUSAL,
                "start=" + dir.resolve("base"),
                "adapt.kind=lora",
                "adapt.lora.targets=[c_attn, c_fc]"),
            out,
            0);
    assertTrue(losses.get(2) < losses.get(0), losses.toString());
    assertTrue(Files.exists(out.resolve("adapter/adapter_config.json")));
    List<String> changed = new ArrayList<>();
    Map<String, Tensor> was = SafeTensors.open(dir.resolve("base/model.safetensors")).all();
    Map<String, Tensor> now = SafeTensors.open(out.resolve("model.safetensors")).all();
    was.forEach(
        (name, weight) -> {
          if (now.get(name).sub(weight).norm().item() > 0) changed.add(name);
        });
    assertEquals(
        List.of("transformer.h.0.attn.c_attn.weight", "transformer.h.0.mlp.c_fc.weight"),
        changed.stream().sorted().toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CAUSAL | architecture=BertForMaskedLM,model={} | architecture BertForMaskedLM can't learn the task causal
          MASKED | architecture=BertModel | architecture BertModel can't learn the task masked
          NEXT_SENTENCE | architecture=BertForMaskedLM | architecture BertForMaskedLM can't learn the task masked
          REPLACED | architecture=ElectraForMaskedLM | architecture ElectraForMaskedLM can't learn the task replaced
          SPANS | architecture=BertForMaskedLM,model={} | architecture BertForMaskedLM can't learn the task spans
          MASKED | text.kind=bpe,text.vocabulary=280 | wholeWords needs a WordPiece tokenizer
          MASKED | data.context=2 | data.context leaves no room
          MASKED | data.context=2000 | the text to validate on has fewer tokens than a block
          REPLACED | generator.embedding_size=8 | generator and discriminator share their embeddings
          DENOISE | start=nowhere | The tokenizer nowhere does not exist
          SPANS | data.context=2000,model={} | the tokenizer has no sentinel <extra_id_100>
          """)
  void whatCannotBeLearnedIsSaidInASentence(Kind kind, String settings, String sentence)
      throws IOException {
    PretrainRecipe recipe = recipe(kind, settings.split(","));
    assertSays(sentence, () -> train(recipe, dir.resolve("out"), 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SPANS | data.context=6 | data.context (6) is too short for one span
          NEXT_SENTENCE | data.documents=running | nextSentence needs task masked, and data.documents
          MASKED | train.labelSmoothing=0.1 | train.labelSmoothing must be 0
          CAUSAL | adapt.kind=lora | needs a model to start from
          REPLACED | adapt.kind=lora | adapt.kind must be full for the task replaced
          REPLACED | discriminatorWeight=0 | discriminatorWeight must be above 0
          """)
  void recipesAreChecked(Kind kind, String setting, String sentence) {
    assertSays(sentence, () -> recipe(kind, setting));
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void assertSays(String sentence, Action action) {
    UserError error = assertThrows(UserError.class, action::run);
    assertTrue(error.getMessage().contains(sentence), error.getMessage());
  }

  @Test
  void aCorpusOfOneDocumentHasNoRandomSecondTexts() throws IOException {
    Files.writeString(dir.resolve("valid.txt"), "a dog runs.\na cat runs.\n");
    PretrainRecipe one = recipe(Kind.NEXT_SENTENCE, "data.valid=valid.txt");
    assertSays("nextSentence needs two documents", () -> train(one, dir.resolve("out"), 0));
    PretrainRecipe none = recipe(Kind.PACKED, "data.train=valid.txt");
    assertSays("of 1 documents", () -> train(none, dir.resolve("out"), 0));
  }

  @Test
  void aTokenizerWithoutAMaskOrSentinelsCannotGoOn() throws IOException {
    train(recipe(Kind.DENOISE, "train.steps=1"), dir.resolve("bart"), 0);
    train(recipe(Kind.SPANS, "train.steps=1"), dir.resolve("t5"), 0);
    PretrainRecipe spans = recipe(Kind.SPANS, "start=" + dir.resolve("bart"), "model={}");
    assertSays("no sentinel <extra_id_0>", () -> train(spans, dir.resolve("out"), 0));
    PretrainRecipe denoise = recipe(Kind.DENOISE, "start=" + dir.resolve("t5"), "model={}");
    assertSays("no mask token", () -> train(denoise, dir.resolve("out"), 0));
  }

  @Test
  void aDiscriminatorGoesOnWithItsGenerator() throws IOException {
    train(recipe(Kind.REPLACED, "train.steps=1"), dir.resolve("base"), 0);
    RunFolder.clear(dir.resolve("base/generator"));
    Files.delete(dir.resolve("base/generator"));
    PretrainRecipe further = recipe(Kind.REPLACED, "start=" + dir.resolve("base"), "model={}");
    assertSays("generator is missing", () -> train(further, dir.resolve("out"), 0));
  }

  @Test
  void documentsMayBeJsonLines() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 60; i++)
      lines.append("{\"body\": \"the dog runs home.\\na cat sees the dog.\"}\n");
    Files.writeString(dir.resolve("texts.jsonl"), lines);
    String[] data = {"data.train=texts.jsonl", "data.documents=jsonl", "data.field=body"};
    List<Double> losses = train(recipe(Kind.PACKED, data), dir.resolve("out"), 0);
    assertTrue(losses.get(2) < 0.1, "every document is the same: " + losses);
  }
}
