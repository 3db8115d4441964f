package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabTest {
  @TempDir Path folder;

  @Test
  void attentionMeasuresInProcessesOfTheirOwnAndGoesOn() throws IOException {
    Object[] command = {
      "lab",
      "attention",
      "--out",
      folder,
      "--mechanisms",
      "linear",
      "--lengths",
      "32",
      "--d",
      16,
      "--heads",
      2,
      "--threads",
      1
    };
    assertEquals(List.of(folder.resolve("report.md").toString()), Shell.run(command).lines());
    Path file = folder.resolve("rows.jsonl");
    List<String> rows = Files.readAllLines(file);
    assertEquals(2, rows.size());
    assertTrue(rows.stream().allMatch(row -> row.contains("milliseconds")), rows::toString);
    Files.write(file, rows.subList(0, 1));
    Shell.run(command).lines();
    assertEquals(rows.subList(0, 1), Files.readAllLines(file).subList(0, 1));
    assertEquals(2, Files.readAllLines(file).size());
    assertTrue(Files.exists(folder.resolve("time-forward.png")));
    command[9] = 32;
    String failure = Shell.run(command).err().lines().reduce((a, b) -> b).orElseThrow();
    assertTrue(failure.contains("another set-up (d: 16, now 32)"), failure);
  }

  @Test
  void longRunsTrainAndTell() throws IOException {
    Shell.run(
            "lab",
            "long",
            "--out",
            folder,
            "--task",
            "recall",
            "--mechanisms",
            "fnet",
            "--length",
            64,
            "--steps",
            3,
            "--batch",
            2,
            "--d",
            16,
            "--heads",
            2,
            "--threads",
            1)
        .lines();
    String report = Files.readString(folder.resolve("report.md"));
    assertTrue(report.contains("| recall | 64 | fnet |"), report);
  }

  @Test
  void mistakesAreSaidBeforeAnythingIsMeasured() {
    Path out = folder.resolve("none");
    Shell.run("lab", "attention").failure(2);
    Shell.run("lab", "attention", "--out", out, "--mechanisms", "lineer").failure(2);
    Shell.run("lab", "attention", "--out", out, "--heads", 7).failure(2);
    Shell.run("lab", "score", "--out", out, "--d", 0).failure(2);
    Shell.run("lab", "long", "--out", out, "--task", "pathfinder", "--length", 1000).failure(2);
    assertTrue(Files.notExists(out));
  }
}
