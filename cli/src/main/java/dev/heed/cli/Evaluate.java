package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.data.Corpus;
import dev.heed.data.LineCorpus;
import dev.heed.data.Pair;
import dev.heed.recipe.Recipe;
import dev.heed.task.Evaluation;
import dev.heed.task.Translator;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description = {
      "Translate a corpus and score the translations.",
      "The corpus is two aligned files (--source, --target), or one that the model folder's"
          + " recipe.yaml names: its validation corpus, or --data."
    },
    footer = {
      "%nExamples:",
      "  heed evaluate --model runs/m30k --source test.en --target test.de",
      "  heed evaluate --model runs/m30k --data test2016 --set data.dir=corpora/multi30k",
      "  heed evaluate --model runs/quickstart --data 2000 --metrics exact,perplexity --json"
    })
final class Evaluate implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Option(names = "--source", paramLabel = "FILE", description = "Lines to translate.")
  private Optional<Path> source = Optional.empty();

  @Option(names = "--target", paramLabel = "FILE", description = "Their translations.")
  private Optional<Path> target = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "NAME",
      description =
          "A corpus in the recipe's format, named as data.valid names one; for dates, how many.")
  private Optional<String> data = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the folder's recipe, such as data.dir; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--metrics",
      split = ",",
      defaultValue = "bleu,chrf,ter,exact,perplexity",
      paramLabel = "METRIC",
      description = "Some of ${COMPLETION-CANDIDATES}, with commas between (default: all).")
  private List<Evaluation.Metric> metrics;

  @Option(names = "--beam", paramLabel = "K", description = "Hypotheses kept; 1 is greedy.")
  private Optional<Integer> beam = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  /** What {@code --json} prints. */
  private record Report(String model, String corpus, int lines, List<Evaluation.Score> scores) {}

  @Override
  public Integer call() {
    Path folder = Models.folder(model, spec.commandLine().getErr());
    Corpus corpus = corpus(folder);
    List<Pair> pairs = new ArrayList<>();
    try (var all = corpus.iterator()) {
      all.forEachRemaining(pairs::add);
    }
    var device = engine.start();
    List<Evaluation.Score> scores;
    try (Translator loaded = Translator.load(folder, device);
        var progress =
            new LineProgress(
                "translating", OptionalLong.of(pairs.size()), spec.commandLine().getErr())) {
      int width = beam.orElse(loaded.decode().beam());
      Translator translator = loaded.with(loaded.decode().withBeam(width, 1));
      scores = Evaluation.of(translator, pairs, EnumSet.copyOf(metrics), progress::add);
    }
    print(new Report(model, corpus.name(), pairs.size(), scores));
    return 0;
  }

  private Corpus corpus(Path folder) {
    if (source.isPresent() != target.isPresent())
      throw wrongUsage("--source and --target go together: give both");
    if (source.isPresent() && data.isPresent())
      throw wrongUsage("--data and --source name two corpora: give one");
    if (source.isPresent()) return new LineCorpus(source.get(), target.orElseThrow());
    Path file = folder.resolve("recipe.yaml");
    if (!Files.exists(file))
      throw new UserError(
          "there is no %s to name a corpus: give --source, --target".formatted(file));
    Recipe recipe = Recipe.read(file, overrides);
    long seed = recipe.train().seed();
    return data.map(name -> recipe.data().testCorpus(name, seed))
        .orElseGet(() -> recipe.data().validCorpus(seed));
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void print(Report report) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(Configs.toJson(report));
      return;
    }
    for (Evaluation.Score score : report.scores())
      out.printf(Locale.ROOT, "%-11s %9.4f  %s%n", score.name(), score.value(), score.about());
  }
}
