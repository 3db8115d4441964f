package dev.heed.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The commands and verbs that the documentation quotes are those that there are. */
class DocumentationTest {
  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));
  private static final Pattern SHELL =
      Pattern.compile("^```(?:sh|bash)\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern WORD =
      Pattern.compile("'([^']*)'|\"([^\"]*)\"|[|;&<>()]+|#.*|[^\\s|;&<>()]+");
  private static final Pattern VERB_ROW = Pattern.compile("^\\| `([a-z-]+)", Pattern.MULTILINE);

  @Test
  void everyQuotedCommandIsUnderstood() throws IOException {
    List<List<String>> commands = commands();
    assertFalse(commands.isEmpty(), "no ./heed in the documentation");
    for (List<String> command : commands)
      assertDoesNotThrow(
          () -> Main.commandLine().parseArgs(command.toArray(String[]::new)),
          () -> "./heed " + String.join(" ", command));
  }

  @Test
  void commandsThatOnlyTellRun() throws IOException {
    int told = 0;
    for (List<String> command : commands()) {
      boolean cheap = Set.of("version", "completion").contains(command.get(0));
      if (!cheap && !command.contains("--help")) continue;
      var err = new StringWriter();
      int code =
          Main.run(
              Main.commandLine(),
              new PrintWriter(new StringWriter()),
              new PrintWriter(err),
              false,
              command.toArray(String[]::new));
      assertEquals(0, code, () -> command + ": " + err);
      told++;
    }
    assertFalse(told == 0, "no command that only tells");
  }

  @Test
  void theTableOfVerbsIsComplete() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"), UTF_8);
    int from = readme.indexOf("\n| verb |");
    String table = readme.substring(from, readme.indexOf("\n\n", from));
    Set<String> told =
        VERB_ROW
            .matcher(table)
            .results()
            .map(m -> m.group(1))
            .collect(TreeSet::new, Set::add, Set::addAll);
    assertEquals(new TreeSet<>(Main.commandLine().getSubcommands().keySet()), told);
  }

  /** The arguments of each {@code ./heed} in the shell samples. */
  private static List<List<String>> commands() throws IOException {
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      Stream.concat(top, docs).filter(f -> f.toString().endsWith(".md")).forEach(pages::add);
    }
    List<List<String>> commands = new ArrayList<>();
    for (Path page : pages)
      for (MatchResult sample : SHELL.matcher(Files.readString(page, UTF_8)).results().toList())
        sample.group(1).replace("\\\n", " ").lines().forEach(l -> commands.addAll(commands(l)));
    return commands;
  }

  /** A line may hold several, between pipes and with redirections. */
  private static List<List<String>> commands(String line) {
    List<List<String>> commands = new ArrayList<>();
    List<String> open = new ArrayList<>(); // a command's arguments, or other words
    Iterator<MatchResult> words = WORD.matcher(line).results().iterator();
    while (words.hasNext()) {
      MatchResult word = words.next();
      String text = word.group();
      if (text.equals("./heed")) {
        open = new ArrayList<>();
        commands.add(open);
      } else if (text.equals("<") || text.equals(">")) {
        words.next(); // the file
      } else if ("|;&()<>".indexOf(text.charAt(0)) >= 0) {
        open = new ArrayList<>();
      } else if (!text.startsWith("#")) {
        open.add(
            word.group(1) != null ? word.group(1) : word.group(2) != null ? word.group(2) : text);
      }
    }
    return commands;
  }
}
