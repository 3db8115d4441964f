package dev.heed.cli;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lines of a file or of standard input, strictly UTF-8. As in a corpus, a line ends at LF or CR LF
 * and nowhere else, and a byte order mark is dropped.
 */
final class Input {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private Input() {}

  /**
   * @throws UserError if they can't be read or aren't UTF-8
   */
  static List<String> lines(Optional<Path> file) {
    String name = file.map(Path::toString).orElse("standard input");
    byte[] bytes;
    try {
      bytes = file.isPresent() ? Files.readAllBytes(file.get()) : System.in.readAllBytes();
    } catch (IOException e) {
      throw FileErrors.unreadable(Path.of(name), e);
    }
    List<String> lines = new ArrayList<>();
    for (int start = 0; start < bytes.length; ) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') end++;
      int length = end > start && bytes[end - 1] == '\r' ? end - 1 - start : end - start;
      lines.add(text(ByteBuffer.wrap(bytes, start, length), name, lines.size() + 1));
      start = end + 1;
    }
    if (!lines.isEmpty() && lines.get(0).startsWith(BYTE_ORDER_MARK))
      lines.set(0, lines.get(0).substring(1));
    return lines;
  }

  private static String text(ByteBuffer bytes, String name, int line) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new UserError("%s:%d: not UTF-8 text: convert it first".formatted(name, line), e);
    }
  }
}
