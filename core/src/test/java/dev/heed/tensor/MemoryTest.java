package dev.heed.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // scopes are there to be closed
final class MemoryTest {
  @TempDir Path dir;

  @Test
  void bytesBeyondTwoGibibytes() {
    try (Scope scope = Scope.open()) {
      // Never touched but for three bytes, so that no memory is really taken.
      Tensor large = Tensor.empty(Dtype.UINT8, Device.CPU, 5L << 29);
      long start = (1L << 31) + 5;
      large.narrow(0, start, 3).fill_(7);
      ByteBuffer chunk = Memory.chunk(large, start, start + 3);
      assertEquals(3, chunk.remaining());
      byte[] bytes = new byte[3];
      chunk.get(bytes);
      assertArrayEquals(new byte[] {7, 7, 7}, bytes);
      assertEquals(1 << 30, Memory.chunk(large, 1L << 30, 2L << 30).remaining());
      assertEquals(1 << 29, Memory.chunk(large, 4L << 29, 5L << 29).remaining());
    }
  }

  @Test
  void fromAnyPositionOfAFile() throws IOException {
    Path file = dir.resolve("bytes");
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      Memory.write(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).transpose(0, 1), channel);
    }
    assertEquals(3 + 16, Files.size(file));
    try (var channel = FileChannel.open(file)) {
      Tensor back = Memory.read(channel, 3, Dtype.FLOAT32, 4);
      assertArrayEquals(new float[] {1, 3, 2, 4}, back.toFloats());
      assertEquals(0, Memory.read(channel, 19, Dtype.FLOAT32, 0).count());
      assertThrows(EOFException.class, () -> Memory.read(channel, 4, Dtype.FLOAT32, 4));
    }
  }
}
