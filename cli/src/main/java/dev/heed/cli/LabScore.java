package dev.heed.cli;

import dev.heed.lab.ScoreStudy;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "score",
    description =
        "Compare dot-product with additive attention: operations, time, and what 1/√d does to the"
            + " softmax.",
    footer = {
      "%nExamples:",
      "  taskset -c 0,1 heed lab score --threads 2 --out runs/lab-score",
    })
final class LabScore implements Callable<Integer> {
  @Mixin private LabOptions options;

  @Option(
      names = "--lengths",
      split = ",",
      defaultValue = "32,64,128,256,512",
      paramLabel = "N",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  private List<Integer> lengths;

  @Option(
      names = "--d",
      defaultValue = "512",
      paramLabel = "D",
      description = "Head size of the comparison of times (default: ${DEFAULT-VALUE}).")
  private int d;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study = Usage.checked(spec, () -> new ScoreStudy(lengths, d));
    options.start();
    return options.run(spec, study.settings(), study.trials(), study::findings);
  }
}
