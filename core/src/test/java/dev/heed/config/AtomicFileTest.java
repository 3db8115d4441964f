package dev.heed.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void contentReplacesTheOldFile() throws IOException {
    Path file = folder.resolve("made/on the way/a.txt");
    AtomicFile.write(file, "old and longer");
    AtomicFile.write(file, "é");
    assertEquals("é", Files.readString(file));
    AtomicFile.write(file, new byte[] {1, 2});
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
    AtomicFile.write(file, channel -> Channels.newOutputStream(channel).write(7));
    assertArrayEquals(new byte[] {7}, Files.readAllBytes(file));
    assertEquals(List.of("made"), names());
    assertEquals(1, file.getParent().toFile().list().length);
  }

  @Test
  void aFullDiskLeavesTheOldFileWhole() throws IOException {
    Path file = Files.writeString(folder.resolve("model.bin"), "old");
    var e =
        assertThrows(
            UserError.class,
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      channel.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("No space left on device");
                    }));
    assertEquals(
        "could not write " + file + ": No space left on device; what was there before is unchanged",
        e.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("model.bin"), names());
  }

  @Test
  void anyOtherFailureLeavesNothingBehind() throws IOException {
    Path file = folder.resolve("model.bin");
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  throw new IllegalStateException("midway");
                }));
    assertEquals(List.of(), names());
  }

  @Test
  void whatIsNotAFileIsNotReplaced() throws IOException {
    var folderError = assertThrows(UserError.class, () -> AtomicFile.write(folder, "x"));
    assertEquals(
        "could not write " + folder + ": it is not a file; choose another name",
        folderError.getMessage());
    Path below = Files.writeString(folder.resolve("a"), "old").resolve("b");
    var belowError = assertThrows(UserError.class, () -> AtomicFile.write(below, "x"));
    assertEquals(
        "could not write "
            + below
            + ": a folder of that path is a file; what was there before is"
            + " unchanged",
        belowError.getMessage());
  }
}
