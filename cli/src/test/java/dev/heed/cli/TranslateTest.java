package dev.heed.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranslateTest {
  private static final String TEXT =
      "a small dog\n\ntwo cats\u2028sit\u0085on a\rred roof\r\n \nthe grass is red";

  @TempDir static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void files() throws IOException {
    model = TinyModel.save(folder.resolve("model"));
    text = Files.writeString(folder.resolve("text"), TEXT);
  }

  @Test
  void aLineOutForEachLineInWhereverItComesFrom() throws IOException {
    Shell.Outcome outcome = Shell.run("translate", "--model", model, text);
    assertEquals(0, outcome.code(), outcome.err());
    String[] lines = outcome.out().split("\n", -1);
    assertEquals(6, lines.length, "five lines and the end");
    for (int i = 0; i < 6; i++) assertEquals(i % 2 == 1, lines[i].isEmpty(), "line " + i);
    assertEquals(outcome.out(), Shell.pipe(TEXT, "translate", "--model", model).out());
    Path zipped = Shell.zipped(folder.resolve("zipped.gz"), TEXT);
    assertEquals(outcome.out(), Shell.run("translate", "--model", model, zipped).out());
    assertTrue(outcome.err().contains("5 of 5 lines"), outcome.err());
  }

  @Test
  void aNamedPipeIsReadOnce() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    var writer =
        CompletableFuture.runAsync(
            () -> {
              try (var out = new FileOutputStream(pipe.toFile())) {
                out.write(TEXT.getBytes(UTF_8));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertEquals(5, Shell.run("translate", "--model", model, pipe).lines().size());
    writer.join();
  }

  @Test
  void nothingInNothingOut() {
    assertEquals(List.of(), Shell.pipe("", "translate", "--model", model).lines());
  }

  @Test
  void theNBestComeWithScoresAndTheBestFirst() {
    List<String> best = Shell.pipe("a red dog\n", "translate", "--model", model).lines();
    List<String> three =
        Shell.pipe("a red dog\n", "translate", "--model", model, "--n-best", 3).lines();
    assertEquals(3, three.size());
    double before = Double.POSITIVE_INFINITY;
    for (String line : three) {
      assertTrue(line.matches("(?s)-?\\d+\\.\\d{4}\t.*"), line);
      double score = Double.parseDouble(line.substring(0, line.indexOf('\t')));
      assertTrue(score <= before, line);
      before = score;
    }
    assertTrue(three.get(0).endsWith("\t" + best.get(0)));
  }

  @Test
  void jsonHasTheSourceAndAllOutputs() throws IOException {
    List<String> lines =
        Shell.pipe(TEXT, "translate", "--model", model, "--json", "--n-best", 2).lines();
    assertEquals(5, lines.size());
    JsonNode third = new ObjectMapper().readTree(lines.get(2));
    assertEquals("two cats\u2028sit\u0085on a\rred roof", third.get("source").asText());
    assertEquals(2, third.get("outputs").size());
    assertTrue(third.at("/outputs/0/score").isDouble() && third.at("/outputs/1/text").isTextual());
    assertEquals("", new ObjectMapper().readTree(lines.get(1)).at("/outputs/0/text").asText());
  }

  @Test
  void optionsOverrideTheFoldersSettings() {
    Object[] one = {"translate", "--model", model, "--beam", 1, "--json"};
    String whole = Shell.pipe("the red roof", one).lines().get(0);
    String none =
        Shell.pipe(
                "the red roof",
                "translate",
                "--model",
                model,
                "--beam",
                1,
                "--json",
                "--length-penalty",
                "none",
                "--no-repeat-ngram",
                1,
                "--max-length",
                2)
            .lines()
            .get(0);
    assertFalse(whole.equals(none));
    assertTrue(none.length() < whole.length(), none);
    assertEquals(
        whole,
        Shell.pipe(
                "the red roof",
                "translate",
                "--model",
                model,
                "--beam",
                1,
                "--json",
                "--length-penalty",
                "gnmt",
                "--alpha",
                0.6,
                "--batch",
                1,
                "--device",
                "cpu")
            .lines()
            .get(0));
  }

  @Test
  void aLongStreamComesInOrder() {
    String[] sources = {"a dog", "", "the roof is red"};
    String text = String.join("\n", sources) + "\n";
    Object[] fast = {"translate", "--model", model, "--beam", 1, "--max-length", 1, "--n-best", 1};
    Shell.Outcome outcome = Shell.pipe(text.repeat(700), fast);
    assertEquals(Shell.pipe(text, fast).out().repeat(700), outcome.out());
    assertTrue(outcome.err().contains("translating: 2,000 lines"), outcome.err());
  }

  @Test
  void aLineTooLongIsNamedByItsNumberInTheWholeInput() {
    String text = "\n".repeat(2002) + "dog ".repeat(60);
    String failure = Shell.pipe(text, "translate", "--model", model).err();
    assertTrue(failure.matches("(?s).*heed: line 2003 has \\d+ tokens.*at most 40.*"), failure);
  }

  @Test
  void mistakesAreOneSentence() throws IOException {
    String missing = Shell.run("translate", "--model", folder.resolve("none"), text).failure(1);
    assertTrue(missing.contains("there is no model folder"), missing);
    assertTrue(
        Shell.run("translate", "--model", model, folder.resolve("nothing"))
            .failure(1)
            .contains("no such file"));
    Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', '\n', (byte) 0xFC, '\n'});
    String broken = Shell.run("translate", "--model", model, latin).failure(1);
    assertTrue(broken.contains("latin:2:") && broken.contains("UTF-8"), broken);
    Shell.run("translate", text).failure(2);
    for (String wrong : List.of("--beam=0", "--alpha=1e9", "--n-best=0", "--batch=0", "--beam=x"))
      Shell.run("translate", "--model", model, wrong, text).failure(2);
    Shell.run("translate", "--model", model, "--beam=2", "--n-best=3", text).failure(2);
  }
}
