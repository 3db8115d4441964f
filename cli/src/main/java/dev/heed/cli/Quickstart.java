package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.data.DataConfig;
import dev.heed.data.DateCorpus;
import dev.heed.data.Pair;
import dev.heed.eval.ExactMatch;
import dev.heed.recipe.Recipe;
import dev.heed.recipe.RunFolder;
import dev.heed.task.Translator;
import dev.heed.tensor.Device;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "quickstart",
    description = {
      "Train a small Transformer in about two minutes, and look at what it does.",
      "It learns to read dates as people write them in seven languages and to write them in ISO"
          + " 8601. Nothing is downloaded: Java itself knows how dates are written.",
      "An unfinished quickstart in the folder goes on; a finished one is replaced."
    },
    footer = {
      "%nExamples:",
      "  heed quickstart",
      "  heed quickstart --seed 2 --out runs/dates2",
      "  echo '3. Mai 98' | heed translate --model runs/quickstart"
    })
final class Quickstart implements Callable<Integer> {
  private static final String RECIPE = "dates.yaml";

  @Option(
      names = "--out",
      defaultValue = "runs/quickstart",
      paramLabel = "DIR",
      description = "The run's folder (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Other dates and other weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--dates",
      defaultValue = "2000",
      paramLabel = "N",
      description = "Held-out dates to test on (default: ${DEFAULT-VALUE}).")
  private int dates;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the recipe, recipes/dates.yaml; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter print = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Recipe recipe = recipe();
    List<Pair> test = new ArrayList<>();
    new DateCorpus(recipe.train().seed(), dates, DateCorpus.Split.TEST).forEach(test::add);
    Device device = engine.start();
    makeRoom(recipe, err);
    if (!Train.train(recipe, out, device, err)) return 1;

    double exact;
    Optional<Path> picture;
    try (Translator translator = Translator.load(out, device)) {
      exact = exactMatch(translator, test, err);
      print.println();
      DateSamples.print(translator, print);
      picture = DateSamples.draw(translator, out);
    }
    print.println();
    picture.ifPresent(
        path -> print.printf("What it read for each character that it wrote: %s%n", path));
    print.printf("The model is in %s%n", out);
    print.printf("Your own dates: echo \"3. Mai 98\" | ./heed translate --model %s%n%n", out);
    print.printf(Locale.ROOT, "exact match: %.4f on %d held-out dates%n", exact, dates);
    return 0;
  }

  private Recipe recipe() {
    return recipe(Stream.concat(Stream.of("train.seed=" + seed), overrides.stream()).toList());
  }

  /** Its recipe with overrides. */
  static Recipe recipe(List<String> all) {
    try (InputStream in = Quickstart.class.getResourceAsStream(RECIPE)) {
      return Recipe.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), RECIPE, all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes an earlier quickstart, unless it is this one and unfinished; touches no other run. */
  private void makeRoom(Recipe recipe, PrintWriter err) {
    Path written = out.resolve("recipe.yaml");
    boolean finished = Files.exists(out.resolve("model.safetensors"));
    boolean begun = Files.exists(written);
    if (!begun && !finished) return;
    boolean ours =
        begun && Recipe.read(written, List.of()).data().format() == DataConfig.Format.DATES;
    if (!ours) throw new UserError(out + " holds another model: give another --out");
    if (!finished && Recipe.read(written, List.of()).equals(recipe)) return;
    err.println("heed: the earlier quickstart in " + out + " is replaced");
    RunFolder.clear(out);
  }

  private static double exactMatch(Translator translator, List<Pair> test, PrintWriter err) {
    List<String> sources = test.stream().map(Pair::source).toList();
    List<String> references = test.stream().map(Pair::target).toList();
    try (var progress = new LineProgress("held-out dates", OptionalLong.of(test.size()), err)) {
      List<String> made =
          translator.nBest(sources, progress::add).stream()
              .map(best -> best.get(0).text())
              .toList();
      return ExactMatch.corpus(made, List.of(references));
    }
  }
}
