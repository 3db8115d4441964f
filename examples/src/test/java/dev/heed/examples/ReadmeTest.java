package dev.heed.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's Java is that of the examples. */
class ReadmeTest {
  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));

  /** A sample, and before it a comment that names the file whose region it is. */
  private static final Pattern SAMPLE =
      Pattern.compile("(?:<!-- (\\S+\\.java) -->\n)?```java\n(.*?)```", Pattern.DOTALL);

  private static final Pattern REGION =
      Pattern.compile("^ *// region\n(.*?)^ *// endregion", Pattern.DOTALL | Pattern.MULTILINE);

  @Test
  void samplesAreTheExamplesOwnCode() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"), UTF_8);
    List<MatchResult> samples = SAMPLE.matcher(readme).results().toList();
    assertEquals(2, samples.size(), "Java samples in README.md");
    for (MatchResult sample : samples)
      assertEquals(region(Path.of(sample.group(1))), sample.group(2), sample.group(1));
  }

  @Test
  void aModelIsTrainedAndUsedInUnderThirtyLines() throws IOException {
    String code = region(Path.of("examples/src/main/java/dev/heed/examples/TrainTranslator.java"));
    assertTrue(code.lines().count() < 30, code);
  }

  private static String region(Path file) throws IOException {
    var region = REGION.matcher(Files.readString(ROOT.resolve(file), UTF_8));
    assertTrue(region.find(), "no region in " + file);
    return region.group(1).stripTrailing().stripIndent() + "\n";
  }
}
