package dev.heed.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file so that its name holds either the old content or the new, whole: the bytes go to a
 * hidden file beside it, reach the disk, and only then take the name. If anything fails on the way
 * (a full disk, say), the old file stays as it was and the hidden one is removed.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes the content of one file, from its first byte. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /** As {@link #write(Path, Content)}, in UTF-8. */
  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #write(Path, Content)}. */
  public static void write(Path file, byte[] bytes) {
    write(
        file,
        channel -> {
          var buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) channel.write(buffer);
        });
  }

  /**
   * Writes {@code file}, replacing what is there; folders that its path lacks are made.
   *
   * @throws UserError if it cannot be written, or its name is taken by something that is not a file
   */
  public static void write(Path file, Content content) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UserError(
          "could not write %s: it is not a file; choose another name".formatted(file));
    }
    Path target = file.toAbsolutePath();
    Path beside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      Files.createDirectories(target.getParent());
      writeThenRename(beside, target, content);
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
  }

  private static void writeThenRename(Path beside, Path target, Content content)
      throws IOException {
    try {
      try (var channel =
          FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }
}
