package dev.heed.cli;

import dev.heed.attention.Mechanisms;
import dev.heed.lab.AttentionStudy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "attention",
    description = {
      "Measure time and memory of every attention mechanism over the length of the sequence, and how"
          + " far its output is from dense attention's.",
      "A length that would not fit in memory is skipped, with the number."
    },
    footer = {
      "%nExamples:",
      "  taskset -c 0,1 heed lab attention --threads 2 --out runs/lab-attention",
      "  heed lab attention --mechanisms flash,scaled_dot_product --lengths 1024,2048,4096 --out"
          + " runs/lab-flash"
    })
final class LabAttention implements Callable<Integer> {
  @Mixin private LabOptions options;

  @Option(
      names = "--mechanisms",
      split = ",",
      paramLabel = "NAME",
      description = "Those to measure (default: all).")
  private List<String> mechanisms = new ArrayList<>();

  @Option(
      names = "--lengths",
      split = ",",
      defaultValue = "128,256,512,1024,2048,4096,8192,16384",
      paramLabel = "N",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  private List<Integer> lengths;

  @Option(
      names = "--batch",
      defaultValue = "1",
      paramLabel = "N",
      description = "Sequences at once (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--d",
      defaultValue = "256",
      paramLabel = "D",
      description = "Model width (default: ${DEFAULT-VALUE}).")
  private int d;

  @Option(
      names = "--heads",
      defaultValue = "4",
      paramLabel = "H",
      description = "Heads (default: ${DEFAULT-VALUE}).")
  private int heads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var study =
        Usage.checked(
            spec,
            () ->
                new AttentionStudy(
                    options.out(),
                    mechanisms.isEmpty() ? Mechanisms.names() : mechanisms,
                    lengths,
                    batch,
                    d,
                    heads));
    options.start();
    return options.run(spec, study.settings(), study.trials(), study::findings);
  }
}
