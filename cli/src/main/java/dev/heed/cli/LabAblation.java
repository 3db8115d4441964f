package dev.heed.cli;

import dev.heed.lab.AblationStudy;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "ablation",
    description = {
      "Train the rows of table 3 of \"Attention Is All You Need\" in small, and tell whether they"
          + " differ from the base in the direction in which the paper's do.",
      "A: heads; B: key size; C: layers, width, feed-forward width; D: dropout, label smoothing; E:"
          + " learned positions."
    },
    footer = {
      "%nExamples:",
      "  heed lab ablation --recipe recipes/multi30k.yaml --data corpora/multi30k --steps 2000 \\",
      "    --out runs/lab-ablation",
      "  heed lab ablation --rows A,B --steps 500 --out runs/lab-dates-ab"
    })
final class LabAblation implements Callable<Integer> {
  @Mixin private GridOptions grid;

  @Option(
      names = "--rows",
      split = ",",
      defaultValue = "A,B,C,D,E",
      paramLabel = "ROW",
      description = "Besides the base, with commas between (default: ${DEFAULT-VALUE}).")
  private List<String> rows;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study = new AblationStudy(grid.grid(), rows);
    return grid.run(spec, study.trials(), study::findings);
  }
}
