package dev.heed.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.heed.config.UserError;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/**
 * The {@code heed} command: its verbs are the subcommands named here, one class each.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 wrong usage. A failure is one line on standard error; {@code
 * HEED_DEBUG=1} adds the stack trace.
 */
@Command(
    name = "heed",
    description = "Train, evaluate and run Transformers on the JVM.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    subcommands = {
      Quickstart.class,
      Train.class,
      Evaluate.class,
      Translate.class,
      Embed.class,
      Classify.class,
      Tag.class,
      Answer.class,
      Fill.class,
      Generate.class,
      Transcribe.class,
      Summarize.class,
      Score.class,
      Tokenizers.class,
      MergeAdapter.class,
      ExportModel.class,
      Attention.class,
      ModelSummary.class,
      Parity.class,
      Bench.class,
      Lab.class,
      Version.class,
      Completion.class
    },
    footer = "%nThe options of a verb: heed <verb> --help")
public final class Main {
  private static final int FAILED = 1;

  Main() {}

  public static void main(String[] args) {
    // Text is UTF-8 on the way out, whatever the locale says.
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    var out = new PrintWriter(System.out, true, UTF_8);
    var err = new PrintWriter(System.err, true, UTF_8);
    boolean debug = "1".equals(System.getenv("HEED_DEBUG"));
    int code = run(commandLine(), out, err, debug, args);
    out.flush();
    err.flush();
    Interrupt.exit(code);
  }

  /** Runs one command line and returns its exit code. */
  static int run(
      CommandLine heed, PrintWriter out, PrintWriter err, boolean debug, String... args) {
    heed.setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((e, a) -> wrongUsage(e, err))
        .setExecutionExceptionHandler((e, c, r) -> failed(e, err, debug));
    try {
      int code = heed.execute(args);
      return code == 0 && out.checkError() ? failed(Output.unwritable(), err, debug) : code;
    } catch (Error e) { // out of memory, a native library that doesn't load: picocli lets them pass
      return failed(e, err, debug);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int wrongUsage(ParameterException e, PrintWriter err) {
    CommandLine command = e.getCommandLine();
    err.println("heed: " + e.getMessage().replaceFirst("^Error: ", ""));
    CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
    if (command.getSubcommands().isEmpty()) {
      err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
    } else {
      command.usage(err);
    }
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  private static int failed(Throwable e, PrintWriter err, boolean debug) {
    err.println("heed: " + sentence(e));
    if (debug) {
      e.printStackTrace(err);
    }
    return FAILED;
  }

  /** The user's mistake, also where another exception wraps it; else a fault of Heed's own. */
  private static String sentence(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError) {
        return cause.getMessage();
      }
    }
    String first = e.toString().lines().findFirst().orElse("");
    return "internal error: " + first + " (HEED_DEBUG=1 shows where)";
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, UTF_8);
  }
}
