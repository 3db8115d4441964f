package dev.heed.cli;

import dev.heed.attention.Mechanisms;
import dev.heed.lab.DateStudy;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "dates",
    description = {
      "Train every attention mechanism to read dates, as the quickstart does, and tell what it"
          + " learned.",
      "A mechanism stands as the encoder's and the decoder's self-attention and as cross-attention,"
          + " wherever it can; scaled dot products stand in the other places."
    },
    footer = {
      "%nExamples:",
      "  heed lab dates --out runs/lab-dates",
      "  heed lab dates --out runs/lab-few --mechanisms additive,linformer --steps 500"
    })
final class LabDates implements Callable<Integer> {
  @Mixin private GridOptions grid;

  @Option(
      names = "--mechanisms",
      split = ",",
      paramLabel = "NAME",
      description = "Some of them, with commas between (default: all).")
  private List<String> mechanisms = Mechanisms.names();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study = new DateStudy(grid.grid());
    return grid.run(spec, study.trials(mechanisms), study::findings);
  }
}
