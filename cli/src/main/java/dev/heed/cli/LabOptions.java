package dev.heed.cli;

import dev.heed.lab.Findings;
import dev.heed.lab.Row;
import dev.heed.lab.Setup;
import dev.heed.lab.Study;
import dev.heed.lab.Trial;
import dev.heed.tensor.Engine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of every study, and how one runs. */
final class LabOptions {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "For rows, report and charts; a study that was stopped there goes on.")
  private Path out;

  @Option(
      names = "--threads",
      defaultValue = "0",
      paramLabel = "N",
      description = "Threads of one operation; 0 takes the engine's choice, the cores it may use.")
  private int threads;

  /** Sets the engine up for this thread. */
  void start() {
    if (threads != 0) Engine.threads(threads);
  }

  Path out() {
    return out;
  }

  /**
   * Measures the rows that are missing and writes the report of all.
   *
   * @param settings what tells on a row besides its key, by its name
   * @return the exit code: 0, or 1 if Ctrl-C has stopped it
   */
  int run(
      CommandSpec verb,
      Map<String, ?> settings,
      List<Trial> trials,
      Function<List<Row>, Findings> findings) {
    PrintWriter err = verb.commandLine().getErr();
    var setup =
        Setup.here(new Version().getVersion()[0].replace("heed ", ""), settings, command(verb));
    var study = new Study(out, setup);
    List<Row> rows;
    try (var interrupt = new Interrupt("heed: stopping after this row", err);
        var progress = new StudyProgress(verb.name(), err)) {
      rows = study.run(trials, progress, interrupt::asked);
      study.write(rows, findings.apply(rows));
    }
    verb.commandLine().getOut().println(out.resolve("report.md"));
    if (rows.size() == trials.size()) return 0;
    err.println("heed: stopped; the same command goes on where this study stands");
    return 1;
  }

  private static String command(CommandSpec verb) {
    return "./heed " + String.join(" ", verb.root().commandLine().getParseResult().originalArgs());
  }
}
