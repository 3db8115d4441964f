package dev.heed.tensor;

import java.io.EOFException;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.bytedeco.javacpp.BytePointer;

/**
 * The raw bytes of tensors, moved between the engine's memory and files without a copy on the Java
 * side.
 *
 * <p>Files are read rather than mapped: a mapping lives until the garbage collector finds it, and a
 * file that is cut short under it ends the whole process.
 */
public final class Memory {
  private static final long CHUNK = 1L << 30; // a ByteBuffer ends at 2 GiB

  private Memory() {}

  /**
   * A new tensor on the CPU, filled with the bytes of a file from {@code position} on, in this
   * machine's byte order.
   *
   * @throws EOFException if the file ends first
   */
  public static Tensor read(FileChannel file, long position, Dtype dtype, long... shape)
      throws IOException {
    Tensor tensor = Tensor.empty(dtype, Device.CPU, shape);
    read(file, position, tensor);
    return tensor;
  }

  /** Whether a tensor's elements lie in order in the machine's memory. */
  public static boolean isPlain(Tensor tensor) {
    return !tensor.device().cuda() && tensor.at.is_contiguous();
  }

  /** Fills a {@linkplain #isPlain plain} tensor as above. */
  public static void read(FileChannel file, long position, Tensor tensor) throws IOException {
    long bytes = bytes(tensor);
    for (long start = 0; start < bytes; start += CHUNK) {
      ByteBuffer chunk = chunk(tensor, start, Math.min(bytes, start + CHUNK));
      while (chunk.hasRemaining()) {
        if (file.read(chunk, position + start + chunk.position()) < 0)
          throw new EOFException("the file ends before its tensors do");
      }
    }
  }

  /** Appends a tensor's bytes, row by row, wherever it lives and however it is strided. */
  @SuppressWarnings("try") // the scope is there to be closed
  public static void write(Tensor tensor, FileChannel file) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor source = tensor.detach().to(Device.CPU).contiguous();
      try {
        long bytes = bytes(source);
        for (long start = 0; start < bytes; start += CHUNK) {
          ByteBuffer chunk = chunk(source, start, Math.min(bytes, start + CHUNK));
          while (chunk.hasRemaining()) file.write(chunk);
        }
      } finally {
        Reference.reachabilityFence(source);
      }
    }
  }

  private static long bytes(Tensor tensor) {
    return tensor.count() * tensor.dtype().bytes();
  }

  /** The bytes [start, end) of a contiguous CPU tensor, at most 2 GiB of them, in place. */
  static ByteBuffer chunk(Tensor tensor, long start, long end) {
    // A pointer's own position would be cut to 31 bits on the way into the buffer.
    BytePointer first = new BytePointer(tensor.at.data_ptr()).getPointer(start);
    return first.limit(end - start).asByteBuffer();
  }
}
