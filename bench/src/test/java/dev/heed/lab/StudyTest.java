package dev.heed.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.inspect.Plot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyTest {
  @TempDir Path folder;
  private final List<Integer> measured = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  private final Study.Progress progress =
      new Study.Progress() {
        @Override
        public void at(int done, int all, String what) {
          told.add("%d/%d %s".formatted(done, all, what));
        }

        @Override
        public void measured(Row row) {}
      };

  private List<Trial> trials() {
    return IntStream.of(1, 2, 3)
        .mapToObj(
            n ->
                new Trial(
                    Map.of("n", n),
                    (now, stop) -> {
                      measured.add(n);
                      now.accept("squaring");
                      if (n == 2) throw new UserError("2, says \"who\", is too even");
                      return Optional.of(Map.of("square", n * n, "root", Math.sqrt(n)));
                    }))
        .toList();
  }

  private Study study(Map<String, ?> options) {
    return new Study(folder, Setup.here("1", options, "./heed lab squares"));
  }

  @Test
  void rowsAreMeasuredOnceAndFailuresAreRows() {
    List<Row> rows = study(Map.of()).run(trials(), progress, () -> false);
    assertEquals(List.of(1, 2, 3), measured);
    assertEquals(Optional.of("2, says \"who\", is too even"), rows.get(1).failure());
    assertEquals(9, rows.get(2).number("square"));
    assertEquals("2/3 3: squaring", told.get(told.size() - 1));
    assertEquals(rows, study(Map.of()).run(trials(), progress, () -> false));
    assertEquals(List.of(1, 2, 3), measured);
  }

  @Test
  void aStoppedStudyGoesOn() {
    List<Row> some = study(Map.of()).run(trials(), progress, () -> measured.size() == 1);
    assertEquals(1, some.size());
    assertEquals(3, study(Map.of()).run(trials(), progress, () -> false).size());
    assertEquals(List.of(1, 2, 3), measured);
  }

  @Test
  void aFailureOfWhatWasStoppedIsNoRow() {
    List<Row> some = study(Map.of()).run(trials(), progress, () -> measured.size() == 2);
    assertEquals(1, some.size());
  }

  @Test
  void aRowThatWasCutOffIsMeasuredAgain() throws IOException {
    study(Map.of()).run(trials().subList(0, 1), progress, () -> false);
    Path file = folder.resolve("rows.jsonl");
    String whole = Files.readString(file);
    Files.writeString(file, "{\"key\":{\"n\":3},\"fig", StandardOpenOption.APPEND);
    assertEquals(3, study(Map.of()).run(trials(), progress, () -> false).size());
    assertEquals(List.of(1, 2, 3), measured);
    assertTrue(Files.readString(file).startsWith(whole));
    assertEquals(3, Files.readAllLines(file).size());
  }

  @Test
  void anotherSetUpIsRefused() {
    study(Map.of("d", 8)).run(trials(), progress, () -> false);
    String said =
        assertThrows(
                UserError.class, () -> study(Map.of("d", 9)).run(trials(), progress, () -> false))
            .getMessage();
    assertTrue(said.contains("(d: 8, now 9)"), said);
  }

  @Test
  void reportTableAndChart() throws IOException {
    Study study = study(Map.of());
    List<Row> rows = study.run(trials(), progress, () -> false);
    var points = new TreeMap<>(Map.of(1.0, 1.0, 3.0, 9.0));
    var plot =
        new Plot(
            "Squares",
            Plot.Axis.logarithmic("n"),
            Plot.Axis.logarithmic("n²"),
            Map.of("square", points));
    study.write(rows, new Findings("Squares", List.of("They grow."), Map.of("squares", plot)));
    assertEquals(
        "2,,,\"2, says \"\"who\"\", is too even\"",
        Files.readAllLines(folder.resolve("rows.csv")).get(2));
    String report = Files.readString(folder.resolve("report.md"));
    assertTrue(report.contains("./heed lab squares"), report);
    assertTrue(report.contains("They grow."), report);
    assertTrue(report.contains("![Squares](squares.png)"), report);
    assertTrue(report.contains("| processor |"), report);
    assertFalse(report.contains("null"), report);
    assertTrue(ImageIO.read(folder.resolve("squares.png").toFile()).getWidth() > 100);
  }

  @Test
  void numbersAreSaidShortly() {
    assertEquals("1.235", Table.say(1.23456));
    assertEquals("123,457", Table.say(123456.7));
    assertEquals("0.01234", Table.say(0.0123412));
    assertEquals("1.20e-05", Table.say(1.2e-5));
    assertEquals("0", Table.say(0.0));
    assertEquals("16,384", Table.say(16384));
  }
}
