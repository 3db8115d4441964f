package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.inspect.Summary;
import dev.heed.model.TranslationModel;
import dev.heed.model.Vocabulary;
import dev.heed.recipe.Recipe;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed summary}. */
@Command(
    name = "summary",
    description = "Show where a model's parameters, floating-point operations and bytes are.",
    footer = {
      "%nExamples:",
      "  heed summary --model runs/m30k",
      "  heed summary --recipe recipes/multi30k.yaml --source-length 64 --json"
    })
final class ModelSummary implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private Which which;

  private static final class Which {
    @Option(names = "--model", paramLabel = Models.LABEL, description = Models.DESCRIPTION)
    private Optional<String> model = Optional.empty();

    @Option(
        names = "--recipe",
        paramLabel = "FILE",
        description = "A recipe, with as large a vocabulary as it allows.")
    private Optional<Path> recipe = Optional.empty();
  }

  @Option(
      names = "--source-length",
      defaultValue = "32",
      paramLabel = "S",
      description = "Source tokens that operations are counted for (default: ${DEFAULT-VALUE}).")
  private int sourceLength;

  @Option(
      names = "--target-length",
      defaultValue = "32",
      paramLabel = "T",
      description = "Target tokens that operations are counted for (default: ${DEFAULT-VALUE}).")
  private int targetLength;

  @Option(names = "--json", description = "Print the figures as JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    TranslationModel<?> model =
        which
            .model
            .map(name -> Models.folder(name, spec.commandLine().getErr()))
            .<TranslationModel<?>>map(folder -> ModelFolder.model(folder, Device.CPU))
            .orElseGet(() -> untrained(which.recipe.orElseThrow()));
    Summary summary = Usage.checked(spec, () -> Summary.of(model, sourceLength, targetLength));
    spec.commandLine().getOut().print(json ? Configs.toJson(figures(summary)) : summary.toText());
    return 0;
  }

  private static TranslationModel<?> untrained(Path file) {
    Recipe recipe = Recipe.read(file, List.of());
    int tokens = recipe.text().vocabulary();
    return recipe.model().create(new Vocabulary(tokens, tokens, 0, 1, 2));
  }

  private static Map<String, Object> figures(Summary summary) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("sourceLength", summary.sourceLength());
    all.put("targetLength", summary.targetLength());
    all.put("parameters", summary.parameters());
    all.put("forwardFlops", summary.forwardFlops());
    all.put("trainingFlops", summary.trainingFlops());
    all.put("bytes", summary.bytes());
    all.put("rows", summary.rows().stream().map(row -> figures(summary, row)).toList());
    return all;
  }

  private static Map<String, Object> figures(Summary summary, Summary.Row row) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("part", row.part());
    all.put("parameters", row.parameters());
    all.put("share", summary.share(row));
    row.tiedTo().ifPresent(part -> all.put("tiedTo", part));
    all.put("forwardFlops", row.forwardFlops());
    all.put("trainingFlops", row.trainingFlops());
    all.put("bytes", row.bytes());
    return all;
  }
}
