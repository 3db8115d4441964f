package dev.heed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the parity tests find their numbers: the project's own copies under {@code
 * src/test/resources/fixtures}, or, with {@code -Dheed.fixtures=DIR}, another folder of the same
 * shape ({@code DIR/oracle/attention_sdpa/…} or {@code DIR/attention_sdpa/…}).
 */
public final class Fixtures {
  private Fixtures() {}

  /** The folder of one subject, such as {@code "oracle/attention_sdpa"}. */
  public static Path folder(String subject) {
    String other = System.getProperty("heed.fixtures", "");
    if (!other.isEmpty()) {
      // Surefire runs in the module's folder; a relative DIR was meant from the project's root.
      Path dir = Path.of(System.getProperty("heed.root", "..")).resolve(other);
      Path full = dir.resolve(subject);
      Path bare = dir.resolve(subject.substring(subject.indexOf('/') + 1));
      if (Files.isDirectory(full)) return full;
      if (Files.isDirectory(bare)) return bare;
      // A folder that holds only some subjects: the rest are checked against the project's own.
    }
    var resource = Fixtures.class.getResource("/fixtures/" + subject);
    assertTrue(resource != null, "no fixture " + subject + " under src/test/resources/fixtures");
    try {
      return Path.of(resource.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
