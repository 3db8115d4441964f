package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

class MainTest {
  private record Outcome(int code, String out, String err) {}

  /** A verb that fails in the way it is told to. */
  @Command(name = "fail")
  private static final class Failing implements Runnable {
    @Parameters private String how;

    @Override
    public void run() {
      switch (how) {
        case "user" -> throw new UserError("no file a.txt: name one that exists");
        case "wrapped" ->
            throw new CompletionException(new UserError("line 3 of a.tsv has no tab"));
        case "fault" -> throw new IllegalStateException("first line\nnative frame");
        default -> throw new OutOfMemoryError("Java heap space");
      }
    }
  }

  private static Outcome run(boolean debug, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine heed = Main.commandLine().addSubcommand("fail", new Failing());
    int code = Main.run(heed, new PrintWriter(out), new PrintWriter(err), debug, args);
    return new Outcome(code, out.toString(), err.toString());
  }

  @Test
  void versionIsThatOfTheBuild() {
    Outcome version = run(false, "version");
    assertEquals(0, version.code());
    assertTrue(
        version.out().matches("(?s)heed \\d+\\.\\d+.*libtorch \\d+\\..*Java .*"), version.out());
    String brief = run(false, "--version").out();
    assertTrue(version.out().startsWith(brief) && brief.lines().count() == 3, brief);
  }

  @Test
  void versionSaysWhatTheEngineComputesOn() {
    String version = run(false, "version").out();
    for (String part : List.of("engine", "CPU", "GPU", "threads", "precision", "device"))
      assertTrue(version.lines().anyMatch(l -> l.matches(part + ": \\S.*")), part);
  }

  @Test
  void anEngineThatDoesNotLoadIsALineOfTheVersion() {
    var missing = new UnsatisfiedLinkError("no jnitorch in java.library.path\nand more");
    var wrapped = new ExceptionInInitializerError(missing);
    for (LinkageError error : List.of(missing, wrapped))
      assertEquals(
          List.of(
              "engine: does not load here: "
                  + "java.lang.UnsatisfiedLinkError: no jnitorch in java.library.path"),
          Version.engine(
              () -> {
                throw error;
              }));
  }

  @Test
  void resultsThatCannotBeWrittenAreAFailure() {
    var full =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) throws IOException {
            throw new IOException("No space left on device");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    var err = new StringWriter();
    int code =
        Main.run(
            Main.commandLine(), new PrintWriter(full), new PrintWriter(err), false, "completion");
    assertEquals(1, code);
    assertTrue(err.toString().startsWith("heed: standard output could not be written"));
  }

  @Test
  void wrongUsageExitsWithTwoAndNamesTheHelp() {
    for (String[] wrong : new String[][] {{}, {"nonsense"}, {"version", "--nonsense"}}) {
      Outcome outcome = run(false, wrong);
      assertEquals(2, outcome.code());
      assertEquals("", outcome.out());
      assertTrue(outcome.err().startsWith("heed: "), outcome.err());
      assertTrue(outcome.err().contains("--help"), outcome.err());
    }
  }

  @Test
  void aUsersMistakeIsOneSentence() {
    assertEquals(
        new Outcome(1, "", "heed: no file a.txt: name one that exists\n"),
        run(false, "fail", "user"));
    assertEquals(
        new Outcome(1, "", "heed: line 3 of a.tsv has no tab\n"), run(false, "fail", "wrapped"));
  }

  @Test
  void aFaultIsOneLineUnlessAskedFor() {
    for (String how : new String[] {"fault", "memory"}) {
      Outcome brief = run(false, "fail", how);
      assertEquals(1, brief.code());
      assertTrue(brief.err().startsWith("heed: internal error: java.lang."), brief.err());
      assertEquals(1, brief.err().lines().count());
      assertTrue(run(true, "fail", how).err().contains("\tat "), "HEED_DEBUG shows the stack");
    }
    assertFalse(run(false, "fail", "fault").err().contains("native frame"));
  }

  @Test
  void everyVerbHasAnExampleInItsHelp() {
    verbs(Main.commandLine())
        .forEach(
            verb -> {
              String name = verb.getCommandSpec().qualifiedName();
              String help = verb.getUsageMessage();
              assertTrue(help.contains("Examples:"), name);
              assertTrue(help.lines().anyMatch(l -> l.matches("  .*" + name + ".*")), name);
            });
  }

  @Test
  void everyOptionHasADescription() {
    verbs(Main.commandLine())
        .flatMap(verb -> verb.getCommandSpec().args().stream())
        .forEach(arg -> assertTrue(arg.description().length > 0, arg.toString()));
  }

  /** The verbs and theirs. */
  private static Stream<CommandLine> verbs(CommandLine of) {
    return of.getSubcommands().values().stream()
        .flatMap(verb -> Stream.concat(Stream.of(verb), verbs(verb)));
  }

  @Test
  void completionNamesEveryVerb() {
    String script = run(false, "completion").out();
    Main.commandLine().getSubcommands().keySet().forEach(v -> assertTrue(script.contains(v), v));
  }
}
