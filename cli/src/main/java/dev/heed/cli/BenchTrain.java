package dev.heed.cli;

import dev.heed.bench.TrainBench;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = "Time training steps: target tokens a second, in alternating rounds.",
    footer = {
      "%nExamples:",
      "  taskset -c 0,1 heed bench train --data corpora/multi30k/train --peer venv/bin/python",
      "  heed bench train --size large --data corpora/multi30k/train --json large.json"
    })
final class BenchTrain implements Callable<Integer> {
  @Mixin private BenchOptions options;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of a round, each on a batch of its own (default: tiny 24, large 8).")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = "--mode",
      defaultValue = "both",
      paramLabel = "MODE",
      description = "How PyTorch runs: eager, compile or both (default: ${DEFAULT-VALUE}).")
  private TrainBench.Modes modes;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var err = spec.commandLine().getErr();
    var bench =
        new TrainBench(
            options.recipe(),
            steps.orElse(options.size.steps()),
            options.rounds,
            options.peer,
            modes,
            options.work);
    options.start();
    options.show(bench.run(line -> err.println("heed: " + line)), spec.commandLine().getOut());
    return 0;
  }
}
