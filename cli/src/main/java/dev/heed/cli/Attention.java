package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.inspect.AttentionMaps;
import dev.heed.inspect.AttentionMaps.Kind;
import dev.heed.task.Translator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed attention}. */
@Command(
    name = "attention",
    description = {
      "Draw what a model attends to while it translates a sentence, and write it as numbers.",
      "Writes attention.json, encoder.png, decoder.png and cross.png with all layers and heads, and"
          + " alignment.png, one large map of target to source; prints their paths."
    },
    footer = {
      "%nExamples:",
      "  heed attention --model runs/m30k --out maps 'A man rides a horse.'",
      "  heed attention --model runs/m30k --out maps --head 0 'A man.' 'Ein Mann.'"
    })
final class Attention implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where to write.")
  private Path out;

  @Option(
      names = "--layer",
      paramLabel = "N",
      description = "Decoder layer of the large map, from 0 (default: the last).")
  private Optional<Integer> layer = Optional.empty();

  @Option(
      names = "--head",
      paramLabel = "N",
      description = "Head of the large map, from 0 (default: the mean of all).")
  private Optional<Integer> head = Optional.empty();

  @Parameters(index = "0", paramLabel = "SOURCE", description = "A sentence.")
  private String source;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TARGET",
      description = "What the model is made to say (default: what it finds best).")
  private Optional<String> target = Optional.empty();

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    AttentionMaps maps;
    try (Translator translator =
        Translator.load(Models.folder(model, spec.commandLine().getErr()), engine.start())) {
      maps =
          target
              .map(text -> translator.attention(source, text))
              .orElseGet(() -> translator.attention(source));
    }
    if (!maps.weights().containsKey(Kind.CROSS))
      throw new UserError(model + " reads its source without attention: there is nothing to see");
    float[][][][] cross = maps.weights().get(Kind.CROSS); // [layer][head][query][key]
    int large = layer.orElse(cross.length - 1);
    check("--layer", large, cross.length);
    head.ifPresent(h -> check("--head", h, cross[large].length));

    List<Path> files = new ArrayList<>();
    maps.toJson(added(files, "attention.json"));
    for (Kind kind : Kind.values())
      if (maps.weights().containsKey(kind))
        maps.grid(kind, added(files, kind.name().toLowerCase(Locale.ROOT) + ".png"));
    Path alignment = added(files, "alignment.png");
    head.ifPresentOrElse(
        h -> maps.single(Kind.CROSS, large, h, alignment),
        () -> maps.single(Kind.CROSS, large, alignment));
    files.forEach(spec.commandLine().getOut()::println);
    return 0;
  }

  private Path added(List<Path> files, String name) {
    files.add(out.resolve(name));
    return out.resolve(name);
  }

  private void check(String option, int value, int count) {
    if (value < 0 || value >= count)
      throw new ParameterException(
          spec.commandLine(),
          "%s must be from 0 to %d in this model, not %d".formatted(option, count - 1, value));
  }
}
