package dev.heed.cli;

import dev.heed.bench.EmbedBench;
import dev.heed.bench.Report;
import dev.heed.config.AtomicFile;
import dev.heed.tensor.Engine;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "embed",
    description = {
      "Time sentence vectors, from texts as they come: sentences a second, in alternating rounds.",
      "The peer is ONNX Runtime, which is no part of Heed: its jar is"
          + " com.microsoft.onnxruntime:onnxruntime in Maven Central."
    },
    footer = {
      "%nExamples:",
      "  heed bench embed --model models/all-MiniLM-L6-v2 sentences.txt",
      "  taskset -c 0 heed bench embed --threads 1 --model models/all-MiniLM-L6-v2 sentences.txt \\",
      "    --onnx all-minilm-l6-v2.onnx --onnxruntime onnxruntime-1.23.2.jar"
    })
final class BenchEmbed implements Callable<Integer> {
  @Option(names = "--model", required = true, paramLabel = "DIR", description = "A BERT folder.")
  private Path model;

  @Parameters(paramLabel = "FILE", description = "A text on each line.")
  private Path texts;

  @ArgGroup(exclusive = false, heading = "%nThe peer:%n")
  private OnnxOptions onnx;

  private static final class OnnxOptions {
    @Option(
        names = "--onnx",
        required = true,
        paramLabel = "FILE",
        description = "The same model as an ONNX graph.")
    private Path model;

    @Option(
        names = "--onnxruntime",
        required = true,
        paramLabel = "JAR",
        description = "ONNX Runtime for Java.")
    private Path runtime;
  }

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "1,32",
      paramLabel = "N",
      description = "Texts read together, one table for each (default: ${DEFAULT-VALUE}).")
  private List<Integer> batches;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Rounds of each contestant, in turns (default: ${DEFAULT-VALUE}).")
  private int rounds;

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
      description = "For logs (default: ${DEFAULT-VALUE}).")
  private Path work;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too.")
  private Optional<Path> json = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    if (threads != 0) Engine.threads(threads);
    Optional<EmbedBench.Onnx> peer =
        Optional.ofNullable(onnx).map(given -> new EmbedBench.Onnx(given.model, given.runtime));
    List<Report> reports =
        new EmbedBench(model, texts, batches, rounds, peer, work)
            .run(line -> err.println("heed: " + line));
    reports.forEach(report -> out.println(report.toText()));
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
