package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.inspect.ParityCheck;
import dev.heed.inspect.ParityCheck.Result;
import dev.heed.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed parity}. */
@Command(
    name = "parity",
    description = "Hold models to numbers that another library wrote beside them.",
    footer = {
      "%nA folder holds config.json, model.safetensors and io.safetensors: the arguments of the",
      "Hugging Face class's forward, its outputs, and gradients of the loss as grad.<weight>.",
      "The exit code is 1 if an output is over its tolerance.",
      "%nExamples:",
      "  heed parity core/src/test/resources/fixtures/hf/bert-cls",
      "  heed parity --quiet models/*"
    })
final class Parity implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "DIR", description = "Model folders.")
  private List<Path> folders = List.of();

  @Option(names = "--quiet", description = "Show the outputs that fail and a line a folder alone.")
  private boolean quiet;

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private final EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Device device = engine.start();
    PrintWriter out = spec.commandLine().getOut();
    int failed = 0;
    for (Path folder : folders) if (!passes(folder, device, out)) failed++;
    if (folders.size() > 1)
      out.printf("%d of %d folders pass%n", folders.size() - failed, folders.size());
    return failed == 0 ? 0 : 1;
  }

  private boolean passes(Path folder, Device device, PrintWriter out) {
    try {
      List<Result> results = ParityCheck.of(folder, device);
      for (Result result : results) if (!quiet || !result.passes()) print(result, out);
      long over = results.stream().filter(result -> !result.passes()).count();
      out.printf("%s: %d outputs, %d over their tolerance%n", folder, results.size(), over);
      out.flush();
      return over == 0;
    } catch (UserError e) {
      out.println(e.getMessage());
      return false;
    }
  }

  private static void print(Result result, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "  %-4s %-60s %9s of %.1e%s%n",
        result.passes() ? "ok" : "OVER",
        result.output(),
        Double.isInfinite(result.largest())
            ? "-"
            : String.format(Locale.ROOT, "%.1e", result.largest()),
        result.tolerance(),
        result.note().isEmpty() ? "" : ": " + result.note());
  }
}
