package dev.heed.cli;

import dev.heed.lab.ArchitectureStudy;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "architecture",
    description = {
      "Train the Transformer and the encoder–decoders before it, of nearly as many parameters, on"
          + " one corpus.",
      "Tells their speed in training and in decoding, their quality, and that by the length of the"
          + " source."
    },
    footer = {
      "%nExamples:",
      "  heed lab architecture --recipe recipes/multi30k.yaml --data corpora/multi30k --minutes 30 \\",
      "    --out runs/lab-architecture",
      "  heed lab architecture --steps 1000 --out runs/lab-dates-architecture"
    })
final class LabArchitecture implements Callable<Integer> {
  @Mixin private GridOptions grid;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study = new ArchitectureStudy(grid.grid());
    return grid.run(spec, study.trials(), study::findings);
  }
}
