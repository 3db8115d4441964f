package dev.heed.cli;

import dev.heed.attention.Mechanisms;
import dev.heed.lab.LongStudy;
import dev.heed.lab.LongTask;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "long",
    description = {
      "Train small encoders of every attention mechanism on tasks over long sequences: lists of"
          + " operations, copying, associative recall, connected paths in pictures.",
      "Measures accuracy, tokens a second and memory. What would not fit in memory is skipped, with"
          + " the number."
    },
    footer = {
      "%nExamples:",
      "  taskset -c 0,1 heed lab long --threads 2 --task listops --length 1024 --steps 1000 --out"
          + " runs/lab-long",
      "  heed lab long --mechanisms linear,local --minutes 5 --out runs/lab-long-few"
    })
final class LabLong implements Callable<Integer> {
  @Mixin private LabOptions options;

  @Option(
      names = "--task",
      split = ",",
      paramLabel = "TASK",
      description = "Of ${COMPLETION-CANDIDATES} (default: all).")
  private List<LongTask> tasks = new ArrayList<>();

  @Option(
      names = "--length",
      split = ",",
      defaultValue = "1024",
      paramLabel = "N",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  private List<Integer> lengths;

  @Option(
      names = "--mechanisms",
      split = ",",
      paramLabel = "NAME",
      description = "Those to train (default: all).")
  private List<String> mechanisms = new ArrayList<>();

  @Option(
      names = "--steps",
      defaultValue = "1000",
      paramLabel = "N",
      description = "Updates of each row (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--minutes",
      defaultValue = "0",
      paramLabel = "M",
      description = "Minutes of training after which a row ends sooner; 0 = no bound.")
  private double minutes;

  @Option(
      names = "--batch",
      defaultValue = "8",
      paramLabel = "N",
      description = "Sequences of an update (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--d",
      defaultValue = "64",
      paramLabel = "D",
      description = "Model width (default: ${DEFAULT-VALUE}).")
  private int d;

  @Option(
      names = "--heads",
      defaultValue = "4",
      paramLabel = "H",
      description = "Heads (default: ${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--layers",
      defaultValue = "2",
      paramLabel = "N",
      description = "Layers (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of weights and examples (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study =
        Usage.checked(
            spec,
            () ->
                new LongStudy(
                    options.out(),
                    tasks.isEmpty() ? List.of(LongTask.values()) : tasks,
                    mechanisms.isEmpty() ? Mechanisms.names() : mechanisms,
                    lengths,
                    new LongStudy.Bound(steps, minutes),
                    new LongStudy.Shape(batch, d, heads, layers, seed)));
    options.start();
    return options.run(spec, study.settings(), study.trials(), study::findings);
  }
}
