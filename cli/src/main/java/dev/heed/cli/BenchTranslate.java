package dev.heed.cli;

import dev.heed.bench.TranslateBench;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "translate",
    description = "Time beam search: sentences a second, in alternating rounds.",
    footer = {
      "%nExamples:",
      "  heed bench translate --data corpora/multi30k/train --model runs/m30k --peer venv/bin/python",
      "  heed bench translate --data corpora/multi30k/train --size large --sentences 64"
    })
final class BenchTranslate implements Callable<Integer> {
  @Mixin private BenchOptions options;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "A model folder (post-norm, tied); without it the weights are random.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--sentences",
      defaultValue = "256",
      paramLabel = "N",
      description = "Sentences of a round, from the corpus's start (default: ${DEFAULT-VALUE}).")
  private int sentences;

  @Option(
      names = "--batch",
      defaultValue = "32",
      paramLabel = "N",
      description = "Sentences searched together (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--beam",
      defaultValue = "5",
      paramLabel = "K",
      description = "Hypotheses kept (default: ${DEFAULT-VALUE}).")
  private int beam;

  @Option(
      names = "--max-length",
      defaultValue = "64",
      paramLabel = "N",
      description = "Tokens of an output at most (default: ${DEFAULT-VALUE}).")
  private int maxLength;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var err = spec.commandLine().getErr();
    var bench =
        new TranslateBench(
            options.recipe(),
            model,
            new TranslateBench.Limits(sentences, batch, beam, maxLength),
            options.rounds,
            options.peer,
            options.work);
    options.start();
    options.show(bench.run(line -> err.println("heed: " + line)), spec.commandLine().getOut());
    return 0;
  }
}
