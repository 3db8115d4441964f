package dev.heed.cli;

import dev.heed.bench.Decoder;
import dev.heed.bench.GenerateBench;
import dev.heed.bench.Report;
import dev.heed.config.AtomicFile;
import dev.heed.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "generate",
    description = {
      "Time greedy generation: tokens a second, in alternating rounds, and how near that comes to"
          + " reading the weights once a token.",
      "The models are a GPT-2 of 124 million parameters and a Llama of 110 million with random"
          + " weights, or --model."
    },
    footer = {
      "%nExamples:",
      "  taskset -c 0,1 heed bench generate --threads 2 --peer venv/bin/python",
      "  heed bench generate --model models/gpt2 --batch 8"
    })
final class BenchGenerate implements Callable<Integer> {
  @Option(names = "--model", paramLabel = "DIR", description = "A decoder's folder.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--prompt",
      defaultValue = "16",
      paramLabel = "N",
      description = "Tokens of a prompt (default: ${DEFAULT-VALUE}).")
  private int prompt;

  @Option(
      names = "--tokens",
      defaultValue = "128",
      paramLabel = "N",
      description = "Tokens to generate (default: ${DEFAULT-VALUE}).")
  private int tokens;

  @Option(
      names = "--batch",
      defaultValue = "1",
      paramLabel = "N",
      description = "Prompts generated from together (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Rounds of each contestant, in turns (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "A Python with bench/peers/requirements.txt; without it Heed runs alone.")
  private Optional<Path> peer = Optional.empty();

  @Option(
      names = "--threads",
      defaultValue = "0",
      paramLabel = "N",
      description = "Threads of each contestant; 0 takes the cores that this process may use.")
  private int threads;

  @Option(
      names = "--work",
      defaultValue = "runs/bench",
      paramLabel = "DIR",
      description = "For weights, prompts and logs (default: ${DEFAULT-VALUE}).")
  private Path work;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too.")
  private Optional<Path> json = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    if (threads != 0) Engine.threads(threads);
    var limits = new GenerateBench.Limits(prompt, tokens, batch);
    List<Path> models =
        model
            .map(List::of)
            .orElseGet(() -> Arrays.stream(Decoder.values()).map(d -> d.in(work)).toList());
    List<Report> reports = new ArrayList<>();
    for (Path one : models) {
      Report report =
          new GenerateBench(one, limits, rounds, peer, work)
              .run(line -> err.println("heed: " + line));
      out.println(report.toText());
      reports.add(report);
    }
    json.ifPresent(
        file ->
            AtomicFile.write(
                file,
                reports.stream()
                    .map(Report::toJson)
                    .collect(Collectors.joining(",\n", "[\n", "]\n"))));
    return 0;
  }
}
