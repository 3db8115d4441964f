package dev.heed.cli;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Lines of a file or of standard input, strictly UTF-8. */
final class Input {
  private Input() {}

  static List<String> lines(Optional<Path> file) {
    String name = file.map(Path::toString).orElse("standard input");
    byte[] bytes;
    try {
      bytes = file.isPresent() ? Files.readAllBytes(file.get()) : System.in.readAllBytes();
    } catch (IOException e) {
      throw FileErrors.unreadable(Path.of(name), e);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes))
          .toString()
          .lines()
          .toList();
    } catch (CharacterCodingException e) {
      throw new UserError(name + " is not UTF-8 text: convert it first", e);
    }
  }
}
