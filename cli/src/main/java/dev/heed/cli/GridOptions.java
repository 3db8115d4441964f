package dev.heed.cli;

import dev.heed.lab.Findings;
import dev.heed.lab.Grid;
import dev.heed.lab.Row;
import dev.heed.lab.Trial;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of every study that trains a recipe with one set of overrides after the other. */
final class GridOptions {
  @Mixin private LabOptions study;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "What all rows start from (default: the quickstart's, recipes/dates.yaml).")
  private Optional<Path> recipe = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The corpus's folder (data.dir of the recipe).")
  private Optional<Path> data = Optional.empty();

  @Option(
      names = "--test",
      paramLabel = "NAME",
      description =
          "What to evaluate on, named as data.valid names a corpus; for dates, how many"
              + " (default: 2000 dates that no run trains on, else the validation corpus).")
  private Optional<String> test = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the recipe in all rows; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @ArgGroup(exclusive = true)
  private Bound bound = new Bound();

  private static final class Bound {
    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "Updates of every row (default: the recipe's bound).")
    private Optional<Integer> steps = Optional.empty();

    @Option(
        names = "--minutes",
        paramLabel = "N",
        description = "Minutes of every row, validation included.")
    private Optional<Double> minutes = Optional.empty();
  }

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "DEVICE",
      description = "auto, cpu, cuda or cuda:n (default: ${DEFAULT-VALUE}).")
  private String device;

  /** What is trained, after the engine is set up. */
  Grid grid() {
    study.start();
    boolean dates = recipe.isEmpty();
    return new Grid(
        this::read,
        all(),
        test.or(() -> dates ? Optional.of("2000") : Optional.empty()),
        study.out(),
        Device.of(device));
  }

  private Recipe read(List<String> overrides) {
    return recipe
        .map(file -> Recipe.read(file, overrides))
        .orElseGet(() -> Quickstart.recipe(overrides));
  }

  private List<String> all() {
    List<String> all = new ArrayList<>();
    data.ifPresent(folder -> all.add("data.dir=" + folder));
    all.addAll(overrides);
    bound.steps.ifPresent(steps -> all.addAll(Grid.steps(steps, read(all))));
    bound.minutes.ifPresent(minutes -> all.addAll(Grid.minutes(minutes)));
    return all;
  }

  /** Runs it, see {@link LabOptions#run}. */
  int run(CommandSpec verb, List<Trial> trials, Function<List<Row>, Findings> findings) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("recipe", recipe.map(Path::toString).orElse("recipes/dates.yaml"));
    settings.put("overrides", String.join(" ", all()));
    settings.put("test", test.orElse("default"));
    settings.put("device", device);
    return study.run(verb, settings, trials, findings);
  }
}
