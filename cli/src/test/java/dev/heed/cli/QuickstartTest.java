package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.data.DateCorpus;
import dev.heed.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A quickstart of a few steps, and what can be done with the model that it leaves. */
class QuickstartTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> SMALL =
      List.of(
          "train.steps=12",
          "train.validateEvery=12",
          "train.validatePairs=40",
          "data.train=400",
          "data.valid=40",
          "data.batchTokens=512",
          "model.d=64");
  private static final Pattern LAST =
      Pattern.compile("exact match: ([01]\\.\\d{4}) on (\\d+) held-out dates");

  @TempDir private static Path folder;
  private static Path model;
  private static Shell.Outcome quickstart;
  private static int threads;

  @BeforeAll
  static void train() {
    threads = Engine.threads();
    model = folder.resolve("model");
    quickstart = quickstart(model, "--seed", "1");
  }

  @AfterAll
  static void restoreThreads() {
    Engine.threads(threads);
  }

  private static Shell.Outcome quickstart(Path to, Object... more) {
    List<Object> args = new ArrayList<>(List.of("quickstart", "--out", to, "--dates", "30"));
    SMALL.forEach(setting -> args.addAll(List.of("--set", setting)));
    return run(args, more);
  }

  private static Shell.Outcome evaluate(Object... more) {
    return run(List.of("evaluate", "--model", model), more);
  }

  private static Shell.Outcome run(List<Object> args, Object... more) {
    var all = new ArrayList<>(args);
    all.addAll(List.of(more));
    all.addAll(List.of("--threads", "1", "--device", "cpu"));
    return Shell.run(all.toArray());
  }

  private static byte[] weights(Path of) throws IOException {
    return Files.readAllBytes(of.resolve("model.safetensors"));
  }

  @Test
  void endsWithTheExactMatchOnHeldOutDates() {
    assertEquals(0, quickstart.code(), quickstart.err());
    List<String> lines = quickstart.out().lines().toList();
    Matcher last = LAST.matcher(lines.get(lines.size() - 1));
    assertTrue(last.matches(), quickstart.out());
    assertEquals("30", last.group(2));
    for (DateSamples.Sample sample : DateSamples.ALL)
      assertTrue(lines.stream().anyMatch(l -> l.startsWith(sample.language() + "  ")));
    assertTrue(quickstart.out().contains("./heed translate --model " + model));
  }

  @Test
  void drawsWhatItReadInEachLanguage() throws IOException {
    assertTrue(quickstart.out().contains(model.resolve("attention-en.png").toString()));
    for (DateSamples.Sample sample : DateSamples.ALL) {
      var picture = ImageIO.read(model.resolve("attention-" + sample.language() + ".png").toFile());
      assertTrue(picture.getWidth() > 300 && picture.getHeight() > 300, picture.toString());
    }
  }

  @Test
  void showsDatesThatNoSeedTrainsOn() {
    for (DateSamples.Sample sample : DateSamples.ALL)
      assertEquals(
          DateCorpus.Split.TEST,
          DateCorpus.Split.of(LocalDate.parse(sample.iso())),
          sample.language());
  }

  @Test
  void theSeedDecidesDataAndWeightsAndAFinishedRunIsReplaced() throws IOException {
    Path again = folder.resolve("again");
    quickstart(again, "--seed", "1");
    assertArrayEquals(weights(model), weights(again));
    Shell.Outcome other = quickstart(again, "--seed", "2");
    assertEquals(0, other.code(), other.err());
    assertTrue(other.err().contains("is replaced"), other.err());
    assertFalse(Arrays.equals(weights(model), weights(again)));
    assertNotEquals( // counted from the data alone, most frequent first
        Files.readString(model.resolve("tokenizer.json")),
        Files.readString(again.resolve("tokenizer.json")));
  }

  @Test
  void goesOnWithAnUnfinishedRun() throws IOException {
    Path unfinished = folder.resolve("unfinished");
    quickstart(unfinished);
    byte[] weights = weights(unfinished);
    Files.delete(unfinished.resolve("model.safetensors"));
    Shell.Outcome resumed = quickstart(unfinished);
    assertEquals(0, resumed.code(), resumed.err());
    assertTrue(resumed.err().contains("going on after step 12"), resumed.err());
    assertFalse(resumed.err().contains("is replaced"), resumed.err());
    assertArrayEquals(weights, weights(unfinished));
  }

  @Test
  void leavesOtherModelsAlone() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("recipe.yaml"), "data: {format: lines}\n");
    Shell.Outcome refused = quickstart(other);
    assertEquals(1, refused.code());
    assertTrue(refused.err().startsWith("heed: " + other + " holds another model"), refused.err());
    try (var files = Files.list(other)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void evaluatingAgreesWithTheLastValidation() throws IOException {
    Shell.Outcome outcome = evaluate("--json", "--metrics", "exact,perplexity");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode report = JSON.readTree(outcome.out());
    List<String> log = Files.readAllLines(model.resolve("metrics.jsonl"));
    JsonNode validation = JSON.readTree(log.get(log.size() - 1));
    assertEquals(40, report.path("lines").asInt());
    JsonNode scores = report.path("scores");
    assertEquals(
        validation.path("validQuality").asDouble(), scores.path(0).path("value").asDouble());
    double perplexity = scores.path(2).path("value").asDouble();
    assertEquals(validation.path("validPerplexity").asDouble(), perplexity, 1e-5 * perplexity);
    assertEquals(Math.log(perplexity), scores.path(1).path("value").asDouble(), 1e-9);
  }

  @Test
  void evaluatesHeldOutDatesAndFilesByEveryMetric() throws IOException {
    Path source = Files.writeString(folder.resolve("s.txt"), "3. Mai 98\nle 14 juillet 1986\n");
    Path target = Files.writeString(folder.resolve("t.txt"), "1998-05-03\n1986-07-14\n");
    for (Shell.Outcome outcome :
        List.of(
            evaluate("--data", "30"),
            evaluate("--source", source, "--target", target, "--beam", "2"))) {
      assertEquals(0, outcome.code(), outcome.err());
      assertEquals(
          List.of("BLEU", "chrF2", "TER", "exact match", "loss", "perplexity"),
          outcome.out().lines().map(line -> line.split("  ")[0]).toList());
      assertTrue(outcome.out().contains("tok:13a"), outcome.out());
    }
    List<String> lines = quickstart.out().lines().toList();
    Matcher last = LAST.matcher(lines.get(lines.size() - 1));
    assertTrue(last.matches());
    double exact = Double.parseDouble(last.group(1));
    String expected = String.format(Locale.ROOT, "%.4f  of 30 lines", exact);
    assertTrue(evaluate("--data", "30", "--metrics", "exact").out().contains(expected));
  }

  @Test
  void evaluatingNeedsOneCorpus() {
    assertEquals(2, evaluate("--source", "a.txt").code());
    assertEquals(2, evaluate("--source", "a", "--target", "b", "--data", "30").code());
    assertEquals(2, evaluate("--metrics", "meteor").code());
  }
}
