package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The expected figures are those of sacreBLEU 2.6's command line on the same files. */
class ScoreTest {
  private static final String HYP =
      "The small dog ran, quickly, over the wet grass.  \n"
          + "No words match\n\nTwo cats\u2028sat on a roof (red) at 3.5 m\n";
  private static final String REF =
      "The little dog ran quickly over wet grass.\nNothing here agrees with it\nsomething\n"
          + "Two cats sat on the red roof at 3.5 m\n";
  private static final String OTHER =
      "A small dog ran over the wet grass.\nNo word does match\nan empty one\n"
          + "Two cats\u2028were sitting on a roof\n";

  @TempDir Path folder;
  private Path hyp;
  private Path ref;
  private Path other;

  @BeforeEach
  void files() throws IOException {
    hyp = Files.writeString(folder.resolve("hyp"), HYP);
    ref = Files.writeString(folder.resolve("ref"), REF);
    other = Shell.zipped(folder.resolve("other.gz"), OTHER);
  }

  private List<String> score(boolean both, String metric, String... options) {
    List<Object> args = new ArrayList<>(List.of("score"));
    args.addAll(List.of(metric.split(" ")));
    args.addAll(List.of("-b", "-w", "6", "--ref", ref));
    if (both) args.addAll(List.of("--ref", other));
    args.addAll(List.of(options));
    args.add(hyp);
    return Shell.run(args.toArray()).lines();
  }

  private void assertScores(String metric, String one, String two, String... sentences) {
    assertEquals(List.of(one), score(false, metric));
    assertEquals(List.of(two), score(true, metric));
    assertEquals(List.of(sentences), score(true, metric, "--sentence"));
  }

  @Test
  void bleu() {
    assertScores(
        "bleu", "21.708660", "40.914535", "44.833867", "24.840753", "0.000000", "39.181892");
    assertScores(
        "bleu --tokenize char --lowercase --smooth floor --smooth-value 0.2",
        "45.479768",
        "71.903925",
        "79.314475",
        "64.987210",
        "0.000000",
        "78.225017");
    assertScores(
        "bleu --tokenize none --smooth add-k",
        "26.365992",
        "43.593345",
        "46.385961",
        "41.368955",
        "0.000000",
        "56.234133");
  }

  @Test
  void chrf() {
    assertScores(
        "chrf", "41.203670", "62.396166", "78.967190", "55.819035", "0.000000", "60.149564");
    assertScores(
        "chrf --word-order 2 --beta 3 --char-order 4 --whitespace --lowercase",
        "53.378541",
        "69.572799",
        "85.867778",
        "53.670520",
        "0.000000",
        "69.976500");
  }

  @Test
  void ter() {
    assertScores(
        "ter", "54.166667", "39.130435", "37.500000", "44.444444", "50.000000", "35.294118");
    assertScores(
        "ter --normalized --no-punct --asian-support --case-sensitive",
        "41.666667",
        "30.434783",
        "25.000000",
        "44.444444",
        "50.000000",
        "23.529412");
  }

  @Test
  void theScoreIsSaidWithWhatItIsMadeOfAndItsSignature() {
    List<String> bleu = Shell.pipe(HYP, "score", "bleu", "--ref", ref).lines();
    assertEquals(2, bleu.size());
    assertTrue(
        bleu.get(0).matches("BLEU = 21\\.71 \\(([\\d.]+/){3}[\\d.]+, bp [\\d.]+, 27/25 tokens\\)"),
        bleu.get(0));
    assertTrue(
        bleu.get(1).startsWith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:"),
        bleu.get(1));
    assertEquals(
        "chrF2++ = 44",
        Shell.pipe(HYP, "score", "chrf", "--word-order", 2, "--ref", ref, "-w", 0).lines().get(0));
    assertEquals(
        "TER = 54.17 (13 edits, 24.0 words)",
        Shell.pipe(HYP, "score", "ter", "--ref", ref).lines().get(0));
  }

  @Test
  void jsonHasAllFigures() throws IOException {
    var json = new ObjectMapper();
    JsonNode bleu = json.readTree(Shell.run("score", "bleu", "--json", "--ref", ref, hyp).out());
    assertEquals("BLEU", bleu.get("name").asText());
    assertEquals(21.70866, bleu.get("score").asDouble(), 1e-5);
    assertEquals(4, bleu.get("precisions").size());
    Stream.of("counts", "totals", "bp", "sysLen", "refLen", "signature")
        .forEach(key -> assertTrue(bleu.has(key), key));
    List<String> lines =
        Shell.run("score", "ter", "--json", "--sentence", "--ref", ref, hyp).lines();
    assertEquals(4, lines.size());
    assertEquals(4, json.readTree(lines.get(0)).get("numEdits").asInt());
    assertEquals(8, json.readTree(lines.get(0)).get("refLength").asInt());
  }

  @Test
  void rougeTakesALineBreakFromAMark() throws IOException {
    Path h = Files.writeString(folder.resolve("h"), "w1 w3 w8 w9 w5<n>w1 w2 w6 w7 w8\n");
    Path r = Files.writeString(folder.resolve("r"), "w1 w2 w3 w4 w5\n");
    assertEquals(
        "ROUGE-L = 40.00 (ROUGE-1 53.33, ROUGE-2 15.38, ROUGE-Lsum 53.33)",
        Shell.run("score", "rouge", "--ref", r, h).lines().get(0));
    assertEquals(
        List.of("40.0"), Shell.run("score", "rouge", "--sentence", "-w", 1, "--ref", r, h).lines());
  }

  @Test
  void labelsEntitiesAndAnswersAreScored() throws IOException {
    assertEquals(
        List.of("accuracy = 75.00 (macro F1 73.33, 2 classes)"),
        Shell.pipe("a\na\nb\nb\n", "score", "accuracy", "--ref", labels()).lines());
    Path tags = Files.writeString(folder.resolve("t"), "Ada x B-PER\nin x O\n\nUlm\tB-LOC\n");
    Path right = Files.writeString(folder.resolve("c"), "\nAda B-PER\nin O\n\n\nUlm I-LOC");
    assertEquals(
        List.of(
            "F1 = 100.00 (precision 100.00, recall 100.00, tag accuracy 66.67; LOC 100.00, PER"
                + " 100.00)"),
        Shell.run("score", "entities", "--ref", right, tags).lines());
    JsonNode strict =
        new ObjectMapper()
            .readTree(
                Shell.run("score", "entities", "--scheme", "iob2", "--json", "--ref", right, tags)
                    .out());
    assertEquals(50, strict.get("precision").asDouble());
    assertEquals(1, strict.get("types").get("LOC").get("predicted").asInt());
    Path questions =
        Files.writeString(
            folder.resolve("q.json"),
            """
            {"data": [{"paragraphs": [{"qas": [
              {"id": "1", "answers": [{"text": "The sky"}]},
              {"id": "2", "answers": [], "is_impossible": true},
              {"id": "3", "answers": [], "is_impossible": true}]}]}]}
            """);
    Path answers = Files.writeString(folder.resolve("a.json"), "{\"1\": \"sky\", \"2\": \"\"}");
    assertEquals(
        List.of("F1 = 66.67 (exact match 66.67, 3 questions, 1 of them without an answer)"),
        Shell.run("score", "squad", "--ref", questions, answers).lines());
  }

  private Path labels() throws IOException {
    return Files.writeString(folder.resolve("labels"), "a\na\nb\na\n");
  }

  @Test
  void linesEndAtLineFeedsAlone() throws IOException {
    Path odd = Files.writeString(folder.resolve("odd"), "a\u2028b\u0085c\rd\u000be\fg\r\n\nh");
    assertEquals(
        List.of("100.00", "0.00", "100.00"),
        Shell.run("score", "chrf", "--sentence", "--ref", odd, odd).lines());
  }

  @Test
  void filesOfDifferentLengthsAreNamed() {
    String failure = Shell.pipe("one line\n", "score", "bleu", "--ref", ref).failure(1);
    assertTrue(failure.contains(ref + " has 4 lines, but standard input has 1"), failure);
  }

  @Test
  void mistakesAreOneSentence() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty"), "");
    Shell.run("score", "bleu", "--ref", empty, empty).failure(1);
    Shell.run("score", "bleu", "--ref", folder.resolve("none"), hyp).failure(1);
    Shell.run("score").failure(2);
    Shell.run("score", "bleu", hyp).failure(2);
    String kind = Shell.run("score", "bleu", "--tokenize", "ja", "--ref", ref, hyp).failure(2);
    assertTrue(kind.contains("13a, intl, char, zh, none"), kind);
    Shell.run("score", "bleu", "--smooth", "add", "--ref", ref, hyp).failure(2);
    Shell.run("score", "bleu", "--smooth-value", "1", "--ref", ref, hyp).failure(2);
    Shell.run("score", "bleu", "-w", "-1", "--ref", ref, hyp).failure(2);
    Shell.run("score", "chrf", "--char-order", "0", "--ref", ref, hyp).failure(2);
  }
}
