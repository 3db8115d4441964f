package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code heed generate}; that its tokens are right is tested in core. */
class GenerateTest {
  private static final String PROMPT = "the cat";

  @TempDir private static Path dir;
  private static Path model;

  @BeforeAll
  static void write() {
    model = TinyDecoder.save(dir.resolve("model"), 4);
  }

  private static Object[] args(Object... more) {
    List<Object> args = new ArrayList<>(List.of("generate", "--model", model));
    args.addAll(Arrays.asList(more));
    return args.toArray();
  }

  /** The object of one prompt. */
  private static JsonNode one(Object... more) throws IOException {
    List<Object> args = new ArrayList<>(List.of("--prompt", PROMPT, "--json"));
    args.addAll(Arrays.asList(more));
    List<String> lines = Shell.run(args(args.toArray())).lines();
    assertEquals(1, lines.size());
    return new ObjectMapper().readTree(lines.get(0));
  }

  private static JsonNode tokens(Object... more) throws IOException {
    return one(more).at("/outputs/0/tokens");
  }

  @Test
  void aLineOfJsonForEachPrompt() throws IOException {
    JsonNode found = one();
    assertEquals(PROMPT, found.path("prompt").asText());
    JsonNode best = found.at("/outputs/0");
    assertTrue(best.path("logProbability").asDouble() < 0, best.toString());
    assertTrue(best.path("tokens").size() <= 8, best.toString());
    assertTrue(List.of("stop", "length").contains(best.path("finish").asText()));
    JsonNode three = one("--beam", 3, "--n-best", 3).path("outputs");
    assertEquals(3, three.size());
    assertTrue(three.at("/0/score").asDouble() >= three.at("/2/score").asDouble());
  }

  @Test
  void promptsAreLinesOrJsonLines() throws IOException {
    String lines =
        "%s\n{\"prompt\": \"%s\"}\n{\"ids\": [5, 6, 7]}\n{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}\n"
            .formatted(PROMPT, PROMPT, PROMPT);
    Path file = Files.writeString(dir.resolve("prompts.jsonl"), lines);
    List<String> found = Shell.run(args("--json", file)).lines();
    assertEquals(4, found.size());
    List<JsonNode> outputs = new ArrayList<>();
    for (String line : found) outputs.add(new ObjectMapper().readTree(line).at("/outputs/0"));
    assertEquals(tokens(), outputs.get(0).path("tokens"));
    assertEquals(tokens(), outputs.get(1).path("tokens"));
    JsonNode chat =
        new ObjectMapper()
            .readTree(Shell.pipe(PROMPT + "\n", args("--json", "--chat")).lines().get(0));
    assertEquals(chat.at("/outputs/0/tokens"), outputs.get(3).path("tokens"));
    String broken = Shell.pipe("a\n{\"x\": 1}\n", args()).failure(1);
    assertTrue(broken.contains("line 2 has neither prompt nor ids nor messages"), broken);
  }

  @Test
  void aChatIsWrittenByTheTemplate() throws IOException {
    JsonNode asked = tokens("--chat", "--system", "be brief");
    assertNotEquals(tokens("--chat"), asked);
    String written = "system: be brief user: %s ".formatted(PROMPT);
    String ids = Arrays.toString(Tokenizer.load(model).withoutSpecials().encode(written));
    String line = Shell.pipe("{\"ids\": " + ids + "}\n", args("--json")).lines().get(0);
    assertEquals(asked, new ObjectMapper().readTree(line).at("/outputs/0/tokens"));
  }

  @Test
  void aStreamSaysTheSame() throws IOException {
    String text = one().at("/outputs/0/text").asText();
    assertEquals(text + "\n", Shell.run(args("--prompt", PROMPT, "--stream")).out());
    String two = Shell.run(args("--prompt", "a", "--stream", "--beam", 2)).failure(1);
    assertTrue(two.contains("streamed only if it is one"), two);
  }

  @Test
  void anOutputEndsBeforeAStopString() throws IOException {
    String text = one().at("/outputs/0/text").asText();
    String stop = text.substring(2, 3);
    JsonNode cut = one("--stop", stop).at("/outputs/0");
    assertEquals(text.substring(0, text.indexOf(stop)), cut.path("text").asText());
    assertEquals("stop", cut.path("finish").asText());
  }

  @Test
  void aSeedDrawsTheSameAgain() throws IOException {
    JsonNode drawn = tokens("--seed", 7, "--temperature", 3);
    assertEquals(drawn, tokens("--seed", 7, "--temperature", 3));
    assertNotEquals(drawn, tokens("--seed", 8, "--temperature", 3));
    JsonNode samples = one("--seed", 7, "--n-best", 2).path("outputs");
    assertEquals(2, samples.size());
    assertEquals(tokens(), tokens("--no-sample", "--seed", 7));
    assertEquals(tokens(), tokens("--top-k", 1));
  }

  @Test
  void otherSearches() throws IOException {
    JsonNode contrastive = tokens("--penalty-alpha", 0.6, "--top-k", 4);
    assertNotEquals(tokens(), contrastive);
    assertEquals(contrastive, tokens("--penalty-alpha", 0.6, "--top-k", 4, "--batch", 1));
    assertEquals(2, Shell.run(args("--prompt", "a", "--penalty-alpha", 0.6, "--beam", 2)).code());
    Path small = TinyDecoder.save(dir.resolve("small"), 9);
    assertEquals(tokens(), tokens("--draft", small, "--ahead", 2));
    JsonNode once = tokens("--no-repeat-ngram", 1, "--min-length", 8);
    for (int i = 0; i < once.size(); i++)
      for (int j = 0; j < i; j++) assertNotEquals(once.get(i), once.get(j));
    assertFalse(tokens("--max-length", 3).size() > 3);
  }

  @Test
  void aPromptThatIsTooLongIsNamedOrCut() throws IOException {
    String prompt = "dog ".repeat(60);
    String failure = Shell.run(args("--prompt", prompt)).failure(1);
    assertTrue(failure.matches(".*prompt 1 has \\d+ tokens, and at most 31.*"), failure);
    assertEquals(1, Shell.run(args("--prompt", prompt, "--truncate", "--json")).lines().size());
    String both = Shell.run(args("--prompt", "a", dir.resolve("prompts.jsonl"))).failure(1);
    assertTrue(both.contains("give one of them"), both);
  }
}
