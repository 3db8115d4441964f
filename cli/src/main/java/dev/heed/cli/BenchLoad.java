package dev.heed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.bench.Decoder;
import dev.heed.bench.LoadBench;
import dev.heed.config.AtomicFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "load",
    description = {
      "Measure what loading a model takes of a new process' memory.",
      "The model is a GPT-2 of 124 million parameters with random weights, or --model."
    },
    footer = {"%nExamples:", "  heed bench load --model models/gpt2"})
final class BenchLoad implements Callable<Integer> {
  @Option(names = "--model", paramLabel = "DIR", description = "A folder with model.safetensors.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Processes, one after the other (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--work",
      defaultValue = "runs/bench",
      paramLabel = "DIR",
      description = "For weights and logs (default: ${DEFAULT-VALUE}).")
  private Path work;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too.")
  private Optional<Path> json = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var figures = new ObjectMapper().createObjectNode();
    Path folder = model.orElseGet(() -> Decoder.GPT2.in(work));
    spec.commandLine().getOut().print(new LoadBench(folder, rounds, work).run(figures));
    json.ifPresent(file -> AtomicFile.write(file, figures.toPrettyString() + "\n"));
    return 0;
  }
}
