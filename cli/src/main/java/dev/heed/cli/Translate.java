package dev.heed.cli;

import dev.heed.task.Translator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "translate",
    description = "Translate lines of a file or of standard input: a line out for each line in.",
    footer = {
      "%nExamples:",
      "  heed translate --model runs/m30k --beam 5 < test.en > hyp.de",
      "  echo 'A man rides a horse.' | heed translate --model runs/m30k --n-best 3"
    })
final class Translate implements Callable<Integer> {
  @Option(names = "--model", required = true, paramLabel = "DIR", description = "A model folder.")
  private Path model;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Default: standard input.")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--beam", paramLabel = "K", description = "Hypotheses kept; 1 is greedy.")
  private Optional<Integer> beam = Optional.empty();

  @Option(
      names = "--n-best",
      defaultValue = "1",
      paramLabel = "N",
      description = "Print N outputs a line, each with its score before a tab.")
  private int nBest;

  @Mixin private EngineOptions engine;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<String> lines = Input.lines(file);
    var device = engine.start();
    try (Translator loaded = Translator.load(model, device);
        var progress = new LineProgress("translating", lines.size(), err)) {
      int width = Math.max(nBest, beam.orElse(loaded.decode().beam()));
      Translator translator = loaded.with(loaded.decode().withBeam(width, nBest));
      List<List<Translator.Scored>> found = translator.nBest(lines, progress::add);
      try (var interrupt = new Interrupt("heed: stopping after a whole line", err)) {
        for (List<Translator.Scored> best : found)
          for (Translator.Scored one : best) {
            if (interrupt.asked()) return 1;
            out.println(
                nBest == 1
                    ? one.text()
                    : String.format(Locale.ROOT, "%.4f\t%s", one.score(), one.text()));
          }
      }
    }
    return 0;
  }
}
