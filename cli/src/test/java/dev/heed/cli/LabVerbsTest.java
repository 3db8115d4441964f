package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabVerbsTest {
  @TempDir Path folder;

  @Test
  void explainShowsTheArithmeticInTextAndAsAPage() throws IOException {
    Path page = folder.resolve("new/head.html");
    List<String> printed = Shell.run("lab", "explain", "--html", page, " the cat  sat").lines();
    assertTrue(printed.contains("   softmax(6, 4) = (0.88, 0.12)"), printed::toString);
    assertTrue(printed.get(0).contains("A head for teaching"), printed::toString);
    assertTrue(
        Files.readString(page).contains("<td style=\"background:#fde725"), "no coloured cell");
    String drawn = String.join("\n", Shell.run("lab", "explain", "--d", 3, "the cat sat").lines());
    assertTrue(drawn.contains("drawn by chance (seed 1)"), drawn);
  }

  @Test
  void explainTellsOfAModelsHead() {
    Path model = TinyModel.save(folder.resolve("model"));
    String head =
        String.join(
            "\n",
            Shell.run("lab", "explain", "--model", model, "--layer", 1, "--head", 1, "a red dog")
                .lines());
    assertTrue(head.contains("Layer 1, head 1 of model ("), head);
    assertEquals(
        "heed: head must be from 0 to 1 in this model, not 2",
        Shell.run("lab", "explain", "--model", model, "--head", 2, "a red dog").failure(1));
    assertEquals(
        "heed: --causal, --positions, --d and --seed are the model's own: leave them out",
        Shell.run("lab", "explain", "--model", model, "--causal", "a red dog").failure(2));
    assertEquals(
        "heed: the text is empty: give some words", Shell.run("lab", "explain", " ").failure(2));
  }

  @Test
  void aStudyOfDatesWritesAReport() throws IOException {
    Path out = folder.resolve("dates");
    List<Object> command =
        new ArrayList<>(
            List.of("lab", "dates", "--out", out, "--mechanisms", "fnet", "--steps", 10));
    command.addAll(List.of("--test", 4, "--device", "cpu"));
    for (String override :
        List.of("data.train=40", "data.valid=2", "train.validatePairs=2", "model.d=16"))
      command.addAll(List.of("--set", override));
    Path report = out.resolve("report.md");
    assertEquals(List.of(report.toString()), Shell.run(command.toArray()).lines());
    String told = Files.readString(report);
    assertTrue(told.contains("| fnet |  | O(n log n) | yes | no, can't keep"), told);
    assertTrue(told.contains("train.steps=10"), told);

    Collections.replaceAll(command, 10, 20);
    String refused = Shell.run(command.toArray()).failure(1);
    assertTrue(refused.contains("were measured with another set-up (overrides:"), refused);
  }
}
