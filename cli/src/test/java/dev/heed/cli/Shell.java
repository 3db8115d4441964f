package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Runs command lines as a shell would. */
final class Shell {
  private Shell() {}

  record Outcome(int code, String out, String err) {
    /** The lines of a command that has succeeded. */
    List<String> lines() {
      assertEquals(0, code, err);
      return out.lines().toList();
    }

    /** The one sentence of a command that has failed, or the first of one that was used wrongly. */
    String failure(int expected) {
      assertEquals(expected, code, err);
      assertEquals("", out);
      assertTrue(err.startsWith("heed: "), err);
      if (code == 1) assertEquals(1, err.lines().count(), err);
      return err.lines().findFirst().orElseThrow();
    }
  }

  static Outcome run(Object... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    String[] words = List.of(args).stream().map(Object::toString).toArray(String[]::new);
    int code =
        Main.run(
            Main.commandLine(), new PrintWriter(out, true), new PrintWriter(err), false, words);
    return new Outcome(code, out.toString(), err.toString());
  }

  /** As {@link #run}, with text on standard input. */
  static Outcome pipe(String text, Object... args) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    try {
      return run(args);
    } finally {
      System.setIn(before);
    }
  }

  static Path zipped(Path file, String text) throws IOException {
    try (var to = new GZIPOutputStream(Files.newOutputStream(file))) {
      to.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }
}
