package dev.heed.cli;

import dev.heed.bench.Report;
import dev.heed.bench.Size;
import dev.heed.config.AtomicFile;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Engine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of every benchmark beside a peer. */
final class BenchOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR/PREFIX",
      description = "The corpus: two aligned files DIR/PREFIX.en and DIR/PREFIX.de (data.source).")
  private Optional<Path> data = Optional.empty();

  @Option(
      names = "--size",
      defaultValue = "tiny",
      paramLabel = "SIZE",
      description = "A set-up: tiny or large (default: ${DEFAULT-VALUE}).")
  Size size;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "The set-up's corpus, text and model from a recipe instead.")
  private Optional<Path> recipe = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the set-up or recipe; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Rounds of each contestant, in turns (default: ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python with bench/peers/requirements.txt; without it Heed runs alone.")
  Optional<Path> peer = Optional.empty();

  @Option(
      names = "--threads",
      defaultValue = "0",
      paramLabel = "N",
      description = "Threads of each contestant; 0 takes the cores that this process may use.")
  private int threads;

  @Option(
      names = "--work",
      defaultValue = "runs/bench",
      paramLabel = "DIR",
      description = "For weights, batches and logs (default: ${DEFAULT-VALUE}).")
  Path work;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too.")
  private Optional<Path> json = Optional.empty();

  Recipe recipe() {
    List<String> all = new ArrayList<>();
    data.map(Path::toAbsolutePath)
        .ifPresent(
            path ->
                all.addAll(
                    List.of("data.dir=" + path.getParent(), "data.train=" + path.getFileName())));
    all.addAll(overrides);
    return recipe.map(file -> Recipe.read(file, all)).orElseGet(() -> size.recipe(all));
  }

  /** Sets the engine up for this thread. */
  void start() {
    if (threads != 0) Engine.threads(threads);
  }

  void show(Report report, PrintWriter out) {
    out.print(report.toText());
    json.ifPresent(file -> AtomicFile.write(file, report.toJson()));
  }
}
