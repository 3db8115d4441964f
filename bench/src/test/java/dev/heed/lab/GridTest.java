package dev.heed.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridTest {
  private static final List<String> SMALL =
      List.of(
          "data.format=dates",
          "data.train=60",
          "data.valid=4",
          "data.maxLength=64",
          "data.batchTokens=256",
          "text.kind=characters",
          "text.vocabulary=120",
          "text.minFrequency=1",
          "model.d=32",
          "model.ffn=32",
          "model.heads=2",
          "model.encoder=1",
          "model.decoder=1",
          "train.steps=10",
          "train.validateEvery=10",
          "train.validatePairs=2",
          "train.average=1",
          "decode.beam=1",
          "decode.maxLength=12");

  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();

  private Grid grid(String... more) {
    List<String> overrides = new ArrayList<>(SMALL);
    overrides.addAll(List.of(more));
    return new Grid(
        all -> Recipe.parse("", "recipe", all), overrides, Optional.of("6"), folder, Device.CPU);
  }

  private Map<String, Object> taken(Trial trial) {
    return trial.measurement().take(said::add, () -> false).orElseThrow();
  }

  @Test
  void aRunThatWasStoppedGoesOnAndAFinishedOneIsNotTrainedAgain() {
    var variant = new Grid.Variant(Map.of("heads", "1 / 2"), List.of("model.heads=1"), Map.of());
    Trial trial =
        grid()
            .trials(List.of(variant), (written, quality) -> Map.of("lines", written.pairs().size()))
            .get(0);
    Path checkpoints = folder.resolve("runs/1-2/checkpoints");

    Optional<Map<String, Object>> stopped =
        trial
            .measurement()
            .take(said::add, () -> said.stream().anyMatch(s -> s.startsWith("step 4")));
    assertEquals(Optional.empty(), stopped);
    assertTrue(Files.exists(checkpoints.resolve("step-4")), said::toString);

    said.clear();
    Map<String, Object> figures = taken(trial);
    assertTrue(said.contains("going on after step 4"), said::toString);
    assertEquals(10L, figures.get("updates"));
    assertEquals(6, figures.get("lines"));
    assertTrue(figures.keySet().containsAll(List.of("exact match", "perplexity", "parameters")));
    assertFalse(Files.exists(checkpoints), "checkpoints that nobody needs any more");

    said.clear();
    assertEquals(figures.get("perplexity"), taken(trial).get("perplexity"));
    assertEquals(List.of("evaluating"), said);
    assertFalse(grid().curves(List.of(Row.of(variant.key(), figures))).isEmpty());
  }

  @Test
  void stepsShortenTheScheduleToo() {
    Recipe recipe =
        Recipe.of(
            "train.schedule.kind=cosine", "train.schedule.total=2000", "train.schedule.warmup=200");
    assertEquals(
        List.of(
            "train.steps=500",
            "train.minutes=0",
            "train.epochs=0",
            "train.schedule.total=500",
            "train.schedule.warmup=50"),
        Grid.steps(500, recipe));
  }

  @Test
  void aMechanismStandsWhereItCan() {
    var study = new DateStudy(grid());
    Map<String, Object> figures = taken(study.trials(List.of("linformer")).get(0));
    assertEquals("{\"rank\":32}", figures.get("options"));
    assertEquals("yes", figures.get("encoder"));
    assertEquals(
        "no, can't keep tokens from those after them, as a decoder must", figures.get("decoder"));
    assertEquals("yes", figures.get("cross"));
    assertThrows(UserError.class, () -> study.trials(List.of("linforme")));
    Findings findings = study.findings(List.of(Row.of(Map.of("mechanism", "linformer"), figures)));
    assertTrue(findings.sections().get(0).startsWith("0 of 1 mechanisms"), findings::toString);
  }

  @Test
  void theAblationHasThePapersRowsAndComparesDirections() {
    var study = new AblationStudy(grid("model.heads=4", "model.dropout=0.1"), List.of("A", "D"));
    List<Row> rows = new ArrayList<>();
    Map<String, double[]> measured = new LinkedHashMap<>(); // perplexity, exact match
    measured.put("", new double[] {2, 0.5});
    measured.put("heads 1", new double[] {2.5, 0.4}); // as in the paper
    measured.put("heads 2", new double[] {1.9, 0.5}); // the other way, and no difference
    for (Trial trial : study.trials()) {
      double[] figures = measured.get(trial.key().get("change"));
      if (figures != null)
        rows.add(Row.of(trial.key(), Map.of("perplexity", figures[0], "exact match", figures[1])));
    }
    assertEquals(
        List.of(
            "",
            "heads 1",
            "heads 2",
            "heads 8",
            "heads 16",
            "dropout 0.0",
            "dropout 0.2",
            "labelSmoothing 0.0",
            "labelSmoothing 0.2"),
        study.trials().stream().map(trial -> trial.key().get("change")).toList());
    String table = study.findings(rows).sections().get(1);
    assertTrue(
        table.contains(
            "| +25.0 % | -10.00 | 1 head of 8 | +7.5 % | -0.9 | confirmed | confirmed |"),
        table);
    assertTrue(
        table.contains(
            "| -5.0 % | +0.00 | 4 heads of 8 | +1.6 % | -0.3 | opposite | not confirmed |"),
        table);
    assertThrows(UserError.class, () -> new AblationStudy(grid(), List.of("F")));
  }

  @Test
  void architecturesHaveNearlyAsManyParameters() {
    var study = new ArchitectureStudy(grid());
    List<Row> rows =
        study.trials().stream().map(trial -> Row.of(trial.key(), taken(trial))).toList();
    double transformer = rows.get(0).number("parameters");
    for (Row row : rows) {
      assertEquals(1, row.number("parameters") / transformer, 0.1, row.part("model"));
      assertTrue(row.number("longest quarter") >= 0, row::toString);
    }
    assertTrue(study.findings(rows).charts().containsKey("by-length"));
  }
}
