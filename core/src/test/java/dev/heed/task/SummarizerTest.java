package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.decode.GenerationConfig;
import dev.heed.task.Generator.Generated;
import dev.heed.task.Generator.Settings;
import dev.heed.task.Summarizer.Options;
import dev.heed.task.Summarizer.Summary;
import dev.heed.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What transformers' generate makes of texts (fixtures/summaries.py). */
@ExtendWith(OneThread.class)
final class SummarizerTest {
  @TempDir private Path dir;

  private static Path folder(String subject) {
    return Fixtures.folder(subject);
  }

  private static ObjectNode json(Path file) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(file.toFile());
  }

  private static List<String> texts(JsonNode expected) {
    return expected.path("texts").valueStream().map(JsonNode::asText).toList();
  }

  /** The folder's settings with others over them. */
  private static Settings over(Path folder, JsonNode settings, Settings own) throws IOException {
    if (settings.isEmpty()) return own;
    ObjectNode all = json(folder.resolve("generation_config.json"));
    all.setAll(GeneratorFolder.specific(json(folder.resolve("config.json")), "summarization"));
    all.setAll((ObjectNode) settings);
    GenerationConfig config = GenerationConfig.read(all, 1);
    return new Settings(config.decode(), config.countsPrompt(), List.of(), false, own.rows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"summaries/t5", "summaries/bart", "summaries/pegasus"})
  void equalsTransformers(String subject) throws IOException {
    Path folder = folder(subject);
    JsonNode expected = json(folder.resolve("expected.json"));
    assertFalse(expected.path("runs").isEmpty());
    int cut = 0;
    try (Summarizer loaded = Summarizer.load(folder, Device.CPU)) {
      Options own = loaded.options();
      for (var run : expected.path("runs").properties()) {
        Settings settings = over(folder, run.getValue().path("settings"), own.settings());
        List<Summary> found =
            loaded
                .with(new Options(own.prefix(), settings, TooLong.CUT))
                .summarize(texts(expected), 1, done -> {});
        JsonNode summaries = run.getValue().path("summaries");
        assertEquals(summaries.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
          String where = run.getKey() + ", text " + (i + 1);
          List<Generated> outputs = found.get(i).outputs();
          assertEquals(summaries.get(i).size(), outputs.size(), where);
          for (int n = 0; n < outputs.size(); n++) {
            JsonNode one = summaries.get(i).get(n);
            assertEquals(one.path("text").asText(), outputs.get(n).text(), where);
            if (one.has("score"))
              assertEquals(one.get("score").asDouble(), outputs.get(n).score(), 1e-4, where);
          }
          cut += found.get(i).cut() ? 1 : 0;
        }
      }
    }
    assertTrue(cut > 0, "no text was cut");
  }

  @Test
  void aTextAloneIsSummarisedAsInABatch() throws IOException {
    List<String> texts = texts(json(folder("summaries/bart").resolve("expected.json")));
    try (Summarizer loaded = Summarizer.load(folder("summaries/bart"), Device.CPU)) {
      Options own = loaded.options();
      Summarizer cutting = loaded.with(new Options("", own.settings(), TooLong.CUT));
      List<Integer> done = new ArrayList<>();
      List<Summary> all = cutting.summarize(texts, 1, done::add);
      assertEquals(texts.size(), done.stream().mapToInt(n -> n).sum());
      for (int i = 0; i < texts.size(); i++)
        assertArrayEquals(
            all.get(i).outputs().get(0).tokens(),
            cutting.summarize(List.of(texts.get(i)), 1, n -> {}).get(0).outputs().get(0).tokens());
    }
  }

  @Test
  void tooLongATextFailsUnlessItMayBeCut() {
    String text = "the red kite ".repeat(9);
    try (Summarizer loaded = Summarizer.load(folder("summaries/bart"), Device.CPU)) {
      UserError error =
          assertThrows(UserError.class, () -> loaded.summarize(List.of("a", text), 7, done -> {}));
      assertTrue(error.getMessage().startsWith("text 8 has "), error.getMessage());
    }
    // What T5 was trained with is no limit.
    try (Summarizer loaded = Summarizer.load(folder("summaries/t5"), Device.CPU)) {
      assertFalse(loaded.summarize(List.of(text), 1, done -> {}).get(0).cut());
    }
  }

  @Test
  void otherModelsAreRefused() throws IOException {
    UserError decoder =
        assertThrows(
            UserError.class, () -> Summarizer.load(Fixtures.folder("hf/gpt2"), Device.CPU));
    assertTrue(decoder.getMessage().contains("no encoder to read texts"), decoder.getMessage());
    for (String file : List.of("config.json", "model.safetensors"))
      Files.copy(folder("summaries/t5").resolve(file), dir.resolve(file));
    UserError bare = assertThrows(UserError.class, () -> Summarizer.load(dir, Device.CPU));
    assertTrue(bare.getMessage().contains("has no tokenizer.json"), bare.getMessage());
    assertThrows(UserError.class, () -> Summarizer.load(dir.resolve("none"), Device.CPU));
  }
}
