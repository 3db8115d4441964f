package dev.heed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the table of SYSTEMS.md to what is on disk. */
class SystemsTest {
  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));
  private static final Path SOURCES = ROOT.resolve("core/src/main/java/dev/heed");
  private static final Path TESTS = ROOT.resolve("core/src/test/java");
  private static final Path FIXTURES = ROOT.resolve("core/src/test/resources/fixtures");
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** One row; {@code evidence} is the fixture cell: fixture folders, or "—" and a test's name. */
  private record Row(String system, String paper, String file, String evidence, String status) {
    List<String> fixtures() {
      return evidence.startsWith("—") ? List.of() : quoted(evidence);
    }

    List<String> tests() {
      return evidence.startsWith("—") ? quoted(evidence) : List.of();
    }
  }

  @Test
  void rowsAreComplete() throws IOException {
    Set<String> names = new HashSet<>();
    for (Row row : rows()) {
      assertTrue(names.add(row.system()), "two rows for " + row.system());
      assertTrue(!row.system().isBlank() && !row.paper().isBlank(), "an empty cell in " + row);
      assertEquals(1, quoted(row.file()).size(), "one file in backticks: " + row);
      assertTrue(
          !row.fixtures().isEmpty() || row.tests().size() == 1,
          "a fixture folder in backticks, or — and a test's name: " + row);
      assertTrue(Set.of("works", "planned").contains(row.status()), "works or planned: " + row);
    }
  }

  @Test
  void whatWorksHasItsFileAndItsParityTest() throws IOException {
    Map<Path, String> tests = testSources();
    for (Row row : rows()) {
      if (!row.status().equals("works")) {
        continue;
      }
      Path file = SOURCES.resolve(quoted(row.file()).get(0));
      assertTrue(Files.isRegularFile(file), "no " + file + " for " + row.system());
      String type = file.getFileName().toString().replace(".java", "");
      for (String fixture : row.fixtures()) {
        String read = fixture.replaceFirst("/\\*$", "");
        assertTrue(
            Files.isDirectory(FIXTURES.resolve(read)), "no fixture folder of " + row.system());
        Pattern name = Pattern.compile("\"" + Pattern.quote(read) + "[\"/]");
        assertTrue(
            tests.values().stream().anyMatch(t -> name.matcher(t).find() && mentions(t, type)),
            "no test reads \"" + fixture + "\" and uses " + type + " for " + row.system());
      }
      for (String test : row.tests()) {
        assertTrue(
            tests.entrySet().stream()
                .anyMatch(t -> t.getKey().endsWith(test + ".java") && mentions(t.getValue(), type)),
            "no " + test + " that uses " + type + " for " + row.system());
      }
    }
  }

  @Test
  void everyFixtureBelongsToASystem() throws IOException {
    Set<String> present = new TreeSet<>();
    try (var folders = Files.walk(FIXTURES, 2)) {
      folders
          .filter(f -> Files.isDirectory(f) && FIXTURES.relativize(f).getNameCount() == 2)
          .forEach(f -> present.add(FIXTURES.relativize(f).toString().replace('\\', '/')));
    }
    Set<String> named = new TreeSet<>();
    for (Row row : rows())
      for (String fixture : row.fixtures()) {
        named.add(fixture);
        if (!fixture.endsWith("/*")) continue; // all folders of a kind
        named.remove(fixture);
        String kind = fixture.substring(0, fixture.length() - 1);
        present.stream().filter(folder -> folder.startsWith(kind)).forEach(named::add);
      }
    assertEquals(present, named, "the fixture folders, and those that SYSTEMS.md names");
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("SYSTEMS.md"), UTF_8)) {
      if (!line.startsWith("|") || line.startsWith("|--") || line.startsWith("| system |")) {
        continue;
      }
      String[] cells = line.substring(1, line.lastIndexOf('|')).split("\\|", -1);
      assertEquals(5, cells.length, "five cells: " + line);
      rows.add(
          new Row(
              cells[0].strip(),
              cells[1].strip(),
              cells[2].strip(),
              cells[3].strip(),
              cells[4].strip()));
    }
    assertTrue(!rows.isEmpty(), "SYSTEMS.md has no rows");
    return rows;
  }

  private static Map<Path, String> testSources() throws IOException {
    Set<Path> files;
    try (var walk = Files.walk(TESTS)) {
      files = walk.filter(f -> f.toString().endsWith("Test.java")).collect(toSet());
    }
    return files.stream().collect(toMap(f -> f, SystemsTest::read));
  }

  private static boolean mentions(String source, String type) {
    return Pattern.compile("\\b" + type + "\\b").matcher(source).find();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> quoted(String cell) {
    return QUOTED.matcher(cell).results().map((MatchResult m) -> m.group(1)).toList();
  }
}
