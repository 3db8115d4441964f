package dev.heed.cli;

import dev.heed.config.AtomicFile;
import dev.heed.inspect.HeadArithmetic;
import dev.heed.inspect.HeadHtml;
import dev.heed.inspect.HeadText;
import dev.heed.inspect.ModelHead;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "explain",
    description = {
      "Show the arithmetic of one attention head, step by step, with all numbers.",
      "Three words have embeddings of zeros and ones, so that their products can be done in the"
          + " head; others have embeddings drawn by chance, or a model's own."
    },
    footer = {
      "%nExamples:",
      "  heed lab explain 'the cat sat'",
      "  heed lab explain --causal --positions --html head.html 'to be or not to be'",
      "  heed lab explain --model models/bert --layer 0 --head 3 'the cat sat'"
    })
final class LabExplain implements Callable<Integer> {
  @Parameters(paramLabel = "TEXT", description = "Words with spaces between.")
  private String text;

  @Option(names = "--causal", description = "Let no word attend to those after it.")
  private boolean causal;

  @Option(names = "--positions", description = "Add sinusoidal positions to the embeddings.")
  private boolean positions;

  @Option(
      names = "--d",
      paramLabel = "D",
      description =
          "Numbers of an embedding and of a query, which are drawn by chance then"
              + " (default: 4).")
  private Optional<Integer> d = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of embeddings and maps, which are drawn by chance then (default: 1).")
  private Optional<Long> seed = Optional.empty();

  @ArgGroup(exclusive = false, heading = "%nA model's head:%n")
  private ModelOptions model; // null if none is given

  private static final class ModelOptions {
    @Option(
        names = "--model",
        required = true,
        paramLabel = Models.LABEL,
        description = Models.DESCRIPTION)
    private String model;

    @Option(names = "--layer", defaultValue = "0", paramLabel = "N", description = "From 0.")
    private int layer;

    @Option(names = "--head", defaultValue = "0", paramLabel = "N", description = "From 0.")
    private int head;
  }

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write it as a page, too, which needs no other file.")
  private Optional<Path> html = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (text.isBlank()) throw wrongUsage("the text is empty: give some words");
    HeadArithmetic head = Optional.ofNullable(model).map(this::ofModel).orElseGet(this::small);
    spec.commandLine().getOut().print(HeadText.of(head, Ansi.AUTO.enabled()));
    html.ifPresent(
        file -> {
          AtomicFile.write(file, HeadHtml.of(head));
          spec.commandLine().getErr().println("heed: the page is in " + file);
        });
    return 0;
  }

  private HeadArithmetic ofModel(ModelOptions given) {
    if (causal || positions || d.isPresent() || seed.isPresent())
      throw wrongUsage("--causal, --positions, --d and --seed are the model's own: leave them out");
    Path folder = Models.folder(given.model, spec.commandLine().getErr());
    return ModelHead.of(folder, text, given.layer, given.head, Device.CPU);
  }

  private HeadArithmetic small() {
    List<String> words = List.of(text.strip().split("\\s+"));
    if (d.isEmpty() && seed.isEmpty() && HeadArithmetic.canTeach(words))
      return HeadArithmetic.teaching(words, positions, causal);
    int size = d.orElse(4);
    if (size < 1) throw wrongUsage("--d must be at least 1, not " + size);
    return HeadArithmetic.drawn(words, size, seed.orElse(1L), positions, causal);
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
