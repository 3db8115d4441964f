package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.eval.SquadFile;
import dev.heed.eval.SquadScores;
import dev.heed.hub.Checkpoint;
import dev.heed.task.Answerer;
import dev.heed.tensor.Device;
import dev.heed.tensor.Randomness;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import dev.heed.train.Journal;
import dev.heed.train.Trainer;
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

/**
 * A small encoder learns to find the sunny days of a log, in texts longer than it reads at once.
 */
@ExtendWith(OneThread.class)
final class SpanRunTest {
  private static final String QUESTION = "when is sun?";

  @TempDir private Path folder;

  @BeforeEach
  void base() throws IOException {
    Random random = new Random(5);
    squad("train.json", random, 300);
    squad("dev.json", random, 40);
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerTrainer.of("wordpiece", 50, 1, Specials.BERT)
                .train(List.of("when is sun? rain wind day one two three four 🌞")));
    Path base = Files.createDirectories(folder.resolve("base"));
    Randomness.seed(3);
    Checkpoint.create(
            "BertModel",
            JsonNodeFactory.instance
                .objectNode()
                .put("vocab_size", tokenizer.size())
                .put("hidden_size", 32)
                .put("num_hidden_layers", 2)
                .put("num_attention_heads", 2)
                .put("intermediate_size", 64)
                .put("max_position_embeddings", 40)
                .put("pad_token_id", tokenizer.pad()))
        .save(base);
    tokenizer.save(base);
  }

  /** Logs of which two thirds have one sunny day, the answer; a sign of two chars is in all. */
  private void squad(String name, Random random, int texts) throws IOException {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    ArrayNode paragraphs = file.putArray("data").addObject().putArray("paragraphs");
    for (int i = 0; i < texts; i++) {
      List<String> days = new ArrayList<>(List.of("🌞"));
      for (int day = 6 + random.nextInt(6); day > 0; day--)
        days.add(
            (random.nextBoolean() ? "rain " : "wind ") + (random.nextBoolean() ? "one" : "two"));
      boolean impossible = i % 3 == 0;
      if (!impossible) days.set(1 + random.nextInt(days.size() - 1), "sun three");
      String context = String.join(" ", days);
      ObjectNode question =
          paragraphs.addObject().put("context", context).putArray("qas").addObject();
      question.put("id", "q" + i).put("question", QUESTION).put("is_impossible", impossible);
      int start = context.codePointCount(0, Math.max(0, context.indexOf("sun")));
      question.putArray("answers").addObject().put("text", "sun three").put("answer_start", start);
    }
    Files.writeString(folder.resolve(name), file.toString(), UTF_8);
  }

  private SpanRecipe recipe(String... settings) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("recipe.yaml"),
            """
            task: answer
            model: %s
            data: {dir: %s, train: train.json, valid: dev.json, window: 20, stride: 6, batchTokens: 512}
            train:
              steps: 120
              validateEvery: 40
              saveEvery: 40
              schedule: {kind: linear, lr: 5.0e-3, warmup: 10, total: 120}
            """
                .formatted(folder.resolve("base"), folder));
    return (SpanRecipe) TrainingRecipe.read(file, List.of(settings));
  }

  @Test
  void itLearnsWhatAnAnswererThenFinds() throws IOException {
    Path out = folder.resolve("out");
    List<String> said = new ArrayList<>();
    assertEquals(
        Trainer.End.FINISHED,
        recipe().run(out, Device.CPU, said::add).train(Journal.SILENT, () -> false));
    assertEquals(
        "BertForQuestionAnswering", Checkpoint.load(out, Device.CPU).architecture().name());
    List<SquadFile.Question> held = SquadFile.questions(folder.resolve("dev.json"));
    List<Answerer.Question> asked =
        held.stream().map(q -> new Answerer.Question(q.question(), q.context())).toList();
    try (Answerer loaded = Answerer.load(out, Device.CPU)) {
      Answerer answerer = loaded.with(recipe().data().options(true));
      SquadScores.Score score =
          SquadScores.corpus(
              answerer.answer(asked, 1, done -> {}).stream().map(a -> a.get(0).text()).toList(),
              List.copyOf(SquadFile.golds(folder.resolve("dev.json")).values()));
      assertTrue(score.f1() > 90, score::toString);
      String told = String.format("exact match %.2f, F1 %.2f", score.exactMatch(), score.f1());
      assertTrue(said.contains(told), told + " is not among " + said);
    }
  }

  @Test
  void answersAreWhereTheFileSays() throws IOException {
    SquadFile.Question second = SquadFile.questions(folder.resolve("dev.json")).get(1);
    SquadFile.Gold gold = second.answers().get(0);
    assertEquals("sun three", second.context().substring(gold.start(), gold.end()));
    Path file = folder.resolve("dev.json");
    Files.writeString(file, Files.readString(file).replace("\"sun three\"", "\"sun four\""));
    UserError error =
        assertThrows(
            UserError.class,
            () -> recipe().run(folder.resolve("out")).train(Journal.SILENT, () -> false));
    assertTrue(
        error.getMessage().endsWith("of its context: mend answer_start"), error.getMessage());
  }

  @Test
  void aShareKeepsTheQuestionsOfATextTogether() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("both.json"),
            """
            {"data": [{"paragraphs": [
              {"context": "a", "qas": [{"id": "1"}, {"id": "2"}]},
              {"context": "b", "qas": [{"id": "3"}, {"id": "4"}, {"id": "5"}]}]}]}
            """);
    SpanData data =
        recipe("data.train=" + file.getFileName(), "data.valid=", "data.validShare=0.3").data();
    assertEquals(List.of("1", "2"), data.read().train().stream().map(q -> q.id()).toList());
    assertEquals(List.of("3", "4", "5"), data.read().valid().stream().map(q -> q.id()).toList());
  }
}
