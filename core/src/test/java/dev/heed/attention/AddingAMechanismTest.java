package dev.heed.attention;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example in CONTRIBUTING.md: its file and its line, compiled beside the rest, make a mechanism
 * that holds the contract.
 */
class AddingAMechanismTest {
  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));
  private static final String REGISTRY = "dev/heed/attention/Mechanisms.java";

  /** The file with its name, and the line. */
  private static final Pattern EXAMPLE =
      Pattern.compile(
          "<!-- core/src/main/java/(\\S+\\.java) -->\n```java\n(.*?)```.*?```java\n(.*?)```",
          Pattern.DOTALL);

  @TempDir private Path dir;

  @Test
  void oneFileAndOneLine() throws Exception {
    var example = EXAMPLE.matcher(Files.readString(ROOT.resolve("CONTRIBUTING.md"), UTF_8));
    assertTrue(example.find(), "no example in CONTRIBUTING.md");
    String line = example.group(3);
    assertEquals(1, line.lines().count(), line);
    write(example.group(1), example.group(2));
    String first = "Registry.<Mechanism>of(\"attention\")\n";
    String registry = Files.readString(ROOT.resolve("core/src/main/java").resolve(REGISTRY), UTF_8);
    assertTrue(registry.contains(first), "the registry begins otherwise");
    write(REGISTRY, registry.replace(first, first + line));
    compile(List.of(example.group(1), REGISTRY));

    String name = line.replaceAll("(?s).*?\"(\\w+)\".*", "$1");
    Path said = dir.resolve("said.txt");
    Process contract =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                dir + File.pathSeparator + System.getProperty("java.class.path"),
                OneMechanism.class.getName(),
                name)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    int code = contract.waitFor();
    assertEquals(0, code, Files.readString(said));
    List<String> lines = Files.readAllLines(said);
    assertEquals("query_key_norm holds 8 of 8", lines.get(lines.size() - 1));
  }

  private void write(String file, String source) throws Exception {
    Path path = dir.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, source);
  }

  private void compile(List<String> files) {
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                Stream.concat(
                        Stream.of(
                            "-proc:none",
                            "-d",
                            dir.toString(),
                            "-cp",
                            System.getProperty("java.class.path")),
                        files.stream().map(file -> dir.resolve(file).toString()))
                    .toArray(String[]::new));
    assertEquals(0, code, "the example compiles");
  }
}
