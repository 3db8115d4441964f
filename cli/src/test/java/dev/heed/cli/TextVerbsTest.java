package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of text encoders; that their numbers are right is tested in core. */
class TextVerbsTest {
  private static final String TEXT = "the red grass\n\na dog runs\n";
  private static final String LONG = "dog ".repeat(40) + "\n";

  @TempDir private Path dir;

  private Path model(String architecture) {
    Path folder = dir.resolve(architecture);
    return Files.exists(folder) ? folder : TinyEncoder.save(folder, architecture);
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  @Test
  void aVectorForEachLine() throws IOException {
    Path model = model("BertModel");
    List<String> lines = Shell.pipe(TEXT, "embed", "--model", model).lines();
    assertEquals(3, lines.size());
    for (String line : lines) assertEquals(8, line.split(" ").length, line);
    List<String> objects =
        Shell.pipe(TEXT, "embed", "--model", model, "--json", "--batch", 1).lines();
    assertEquals("a dog runs", json(objects.get(2)).path("text").asText());
    for (int i = 0; i < 3; i++)
      assertEquals(
          Double.parseDouble(lines.get(i).split(" ")[0]),
          json(objects.get(i)).at("/vector/0").asDouble(),
          1e-5);
    assertEquals(
        Shell.pipe("the dog\n", "embed", "--model", model).out(),
        Shell.pipe("dog\n", "embed", "--model", model, "--prefix", "the ").out());
    String raw =
        Shell.pipe("a\n", "embed", "--model", model, "--normalise", "false", "--pooling", "cls")
            .out();
    double length = 0;
    for (String value : raw.split("\\s+")) length += Math.pow(Double.parseDouble(value), 2);
    assertTrue(Math.abs(length - 1) > 1e-3, raw);
    String prompt = Shell.pipe(TEXT, "embed", "--model", model, "--prompt", "query").failure(2);
    assertTrue(prompt.contains("no prompt \"query\""), prompt);
  }

  @Test
  void fieldsOfJsonLinesComeBackWithTheAnswer() throws IOException {
    String lines = "{\"id\": 7, \"b\": \"a dog\", \"a\": \"the roof\"}\n";
    Path file = Files.writeString(dir.resolve("lines.jsonl"), lines);
    Path model = model("BertForSequenceClassification");
    JsonNode pair =
        json(
            Shell.run("classify", "--model", model, "--fields", "a,b", "--json", file)
                .lines()
                .get(0));
    assertEquals(7, pair.path("id").asInt());
    assertEquals(1, pair.path("labels").size());
    String[] plain =
        Shell.pipe("the roof\ta dog\n", "classify", "--model", model, "--pairs", "--n-best", 2)
            .lines()
            .get(0)
            .split("\t");
    assertEquals(4, plain.length);
    assertEquals(pair.at("/labels/0/label").asText(), plain[0]);
    String missing = Shell.run("classify", "--model", model, "--fields", "none", file).failure(1);
    assertTrue(missing.contains("lines.jsonl:1: no field \"none\""), missing);
    String broken = Shell.pipe("{", "classify", "--model", model, "--fields", "a").failure(1);
    assertTrue(broken.contains("standard input:1: not JSON"), broken);
    Shell.run("classify", "--model", model, "--fields", "a,b,c", file).failure(2);
    Shell.run("tag", "--model", model, "--fields", "a,b", file).failure(2);
  }

  @Test
  void severalLabelsMayHold() {
    Path model = model("BertForSequenceClassification");
    Object[] several = {"classify", "--model", model, "--multi-label", "--at-least"};
    String[] all = Shell.pipe("a\n", with(several, 0)).lines().get(0).split("\t");
    assertEquals(6, all.length);
    assertEquals("", Shell.pipe("a\n", with(several, 1.1)).lines().get(0));
  }

  private static Object[] with(Object[] args, Object last) {
    Object[] all = java.util.Arrays.copyOf(args, args.length + 1);
    all[args.length] = last;
    return all;
  }

  @Test
  void entitiesHaveTheirPlaces() throws IOException {
    Path model = model("BertForTokenClassification");
    List<String> lines = Shell.pipe(TEXT, "tag", "--model", model, "--merge", "none").lines();
    String[] texts = TEXT.split("\n");
    for (String line : lines) {
      String[] parts = line.split("\t");
      String text = texts[Integer.parseInt(parts[0]) - 1];
      assertEquals(
          text.substring(Integer.parseInt(parts[1]), Integer.parseInt(parts[2])), parts[5]);
    }
    int entities = 0;
    for (String line :
        Shell.pipe(TEXT, "tag", "--model", model, "--merge", "none", "--json").lines())
      entities += json(line).path("entities").size();
    assertEquals(entities, lines.size());
  }

  @Test
  void answersAreInTheContext() throws IOException {
    Path model = model("BertForQuestionAnswering");
    String line = "which dog?\t" + "the small dog runs over the red roof ".repeat(3) + "\n";
    List<String> best = Shell.pipe(line, "answer", "--model", model).lines();
    assertEquals(1, best.size());
    List<String> three =
        Shell.pipe(line, "answer", "--model", model, "--n-best", 3, "--no-answer").lines();
    assertEquals(3, three.size());
    JsonNode found = json(Shell.pipe(line, "answer", "--model", model, "--json").lines().get(0));
    assertEquals(best.get(0), found.at("/answers/0/text").asText());
    assertEquals(
        best.get(0),
        found
            .path("context")
            .asText()
            .substring(found.at("/answers/0/start").asInt(), found.at("/answers/0/end").asInt()));
    String one = Shell.pipe("no tab\n", "answer", "--model", model).failure(1);
    assertTrue(one.contains("1 texts instead of 2"), one);
    Shell.pipe(line, "answer", "--model", model, "--n-best", 0).failure(2);
  }

  @Test
  void masksAreFilled() throws IOException {
    Path model = model("BertForMaskedLM");
    String line = "the [MASK] is [MASK]\n";
    List<String> lines = Shell.pipe(line, "fill-mask", "--model", model, "--n-best", 2).lines();
    assertEquals(2, lines.size());
    assertEquals(4, lines.get(0).split("\t", -1).length);
    JsonNode found = json(Shell.pipe(line, "fill-mask", "--model", model, "--json").lines().get(0));
    assertEquals(5, found.at("/masks/1").size());
    assertTrue(
        Shell.pipe("none\n", "fill-mask", "--model", model)
            .failure(1)
            .contains("text 1 has no mask"));
  }

  @Test
  void tooLongATextIsNamedOrTruncated() throws IOException {
    Path model = model("BertModel");
    String failure = Shell.pipe("a\n" + LONG, "embed", "--model", model).failure(1);
    assertTrue(failure.matches(".*text 2 has \\d+ tokens.*at most 24.*--truncate.*"), failure);
    Shell.Outcome cut = Shell.pipe("a\n" + LONG, "embed", "--model", model, "--truncate", "--json");
    assertTrue(json(cut.lines().get(1)).path("truncated").asBoolean());
    assertTrue(json(cut.lines().get(0)).path("truncated").isMissingNode());
    assertTrue(cut.err().contains("1 texts were truncated"), cut.err());
  }

  @Test
  void aModelWithoutTheHeadIsOneSentence() {
    String failure = Shell.pipe("a\n", "tag", "--model", model("BertModel")).failure(1);
    assertTrue(failure.contains("BertForTokenClassification"), failure);
    String none = Shell.pipe("a\n", "embed", "--model", dir.resolve("none")).failure(1);
    assertTrue(none.contains("there is no model folder"), none);
  }
}
