package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.data.Lines;
import dev.heed.task.Translator;
import java.io.PrintWriter;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed translate}. */
@Command(
    name = "translate",
    description = {
      "Translate lines of a file or of standard input, plain or gzip: a line out for each line in,"
          + " an empty one for an empty one.",
      "Some thousand lines are held at a time; their translations are printed as soon as they are"
          + " done."
    },
    footer = {
      "%nExamples:",
      "  heed translate --model runs/m30k --beam 5 < test.en > hyp.de",
      "  echo 'A man rides a horse.' | heed translate --model runs/m30k --n-best 3",
      "  heed translate --model runs/m30k --n-best 5 --json test.en.gz > hyp.jsonl"
    })
final class Translate implements Callable<Integer> {
  private static final int CHUNK = 2000;

  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Default: standard input.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--n-best",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Print the N best outputs of each line (one of an empty line), each with its score before"
              + " a tab (default: ${DEFAULT-VALUE}).")
  private int nBest;

  @Option(
      names = "--json",
      description =
          "Print a JSON object a line: source, and outputs, best first, each with text and score.")
  private boolean json;

  @Option(
      names = "--batch",
      defaultValue = "32",
      paramLabel = "N",
      description = "Sentences searched together (default: ${DEFAULT-VALUE}).")
  private int batch;

  @ArgGroup(validate = false, heading = SearchOptions.HEADING)
  private SearchOptions search = new SearchOptions();

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    int chunk = file.isEmpty() && System.console() != null ? 1 : CHUNK; // 1 for who types
    var device = engine.start();
    try (Translator loaded = Translator.load(Models.folder(model, err), device);
        Lines lines = Input.open(file);
        var progress = new LineProgress("translating", Input.count(file), err)) {
      Translator translator =
          Usage.checked(spec, () -> loaded.with(search.over(loaded.decode(), nBest), batch));
      for (long first = 1; lines.hasNext(); first += chunk) {
        List<String> sources = Input.next(lines, chunk);
        List<List<Translator.Scored>> outputs = translator.nBest(sources, first, progress::add);
        try (var interrupt = new Interrupt("heed: stopping after a whole line", err)) {
          for (int i = 0; i < sources.size(); i++)
            for (String line : printed(sources.get(i), outputs.get(i))) {
              if (interrupt.asked()) return 1;
              Output.line(spec.commandLine().getOut(), line);
            }
        }
      }
    }
    return 0;
  }

  private List<String> printed(String source, List<Translator.Scored> outputs) {
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("source", source);
      line.put("outputs", outputs);
      return List.of(Configs.toLine(line));
    }
    return outputs.stream()
        .map(one -> nBest == 1 ? one.text() : Output.rounded(one.score(), 4) + "\t" + one.text())
        .toList();
  }
}
