package dev.heed.hub;

import dev.heed.config.AtomicFile;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Memory;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A file of named tensors in the safetensors format (<a
 * href="https://huggingface.co/docs/safetensors">huggingface.co/docs/safetensors</a>): the header's
 * length in 8 bytes, a JSON header, then the tensors' bytes, little-endian and without holes.
 *
 * <p>The header is checked whole when the file is opened; tensors are read one by one when they are
 * asked for. Nothing stays open in between.
 */
public final class SafeTensors {
  private static final int LENGTH_BYTES = 8;

  private final Path file;
  private final FileTime written;
  private final long start;
  private final SafeTensorsHeader header;

  private SafeTensors(Path file, FileTime written, long start, SafeTensorsHeader header) {
    this.file = file;
    this.written = written;
    this.start = start;
    this.header = header;
  }

  /**
   * Reads and checks the header.
   *
   * @throws UserError if the file can't be read or is not a whole safetensors file of element types
   *     that Heed knows; it names the file and, where there is one, the tensor
   */
  public static SafeTensors open(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      FileTime written = Files.getLastModifiedTime(file);
      long size = channel.size();
      if (size < LENGTH_BYTES)
        throw new UserError(
            "%s: %d bytes are too few for a safetensors file, which begins with 8 bytes of length; is the download complete?"
                .formatted(file, size));
      long length = SafeTensorsHeader.length(read(channel, 0, LENGTH_BYTES), file);
      long start = LENGTH_BYTES + length;
      if (start > size)
        throw new UserError(
            "%s: its header is said to take %d bytes, but the file has %d; it is cut short, or not a safetensors file"
                .formatted(file, length, size));
      byte[] json = read(channel, LENGTH_BYTES, (int) length).array();
      return new SafeTensors(
          file, written, start, SafeTensorsHeader.parse(json, size - start, file));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** The tensors' names, in the order of their bytes. */
  public Set<String> names() {
    return header.tensors().keySet();
  }

  public long[] shape(String name) {
    return header.tensor(name, file).shape();
  }

  public Dtype dtype(String name) {
    return header.tensor(name, file).dtype();
  }

  /** What the writer noted, such as {@code format} = {@code pt}; often empty. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * One tensor, on the CPU, in memory of its own.
   *
   * @throws UserError if there is none of that name, or the file has changed since it was opened
   */
  public Tensor tensor(String name) {
    SafeTensorsHeader.Entry entry = header.tensor(name, file);
    try (FileChannel channel = reopen()) {
      return read(channel, entry);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /**
   * Fills {@code target}, of the same shape, with one tensor: without a copy where it is plain CPU
   * memory of the same element type.
   */
  public void read(String name, Tensor target) {
    SafeTensorsHeader.Entry entry = header.tensor(name, file);
    boolean plain = entry.dtype() == target.dtype() && entry.dtype() != Dtype.BOOL;
    try (FileChannel channel = reopen();
        Scope scope = Scope.open()) {
      if (plain && Memory.isPlain(target)) Memory.read(channel, start + entry.begin(), target);
      else target.copy_(read(channel, entry));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** Every tensor by its name, in the order of {@link #names}. */
  public Map<String, Tensor> all() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (FileChannel channel = reopen()) {
      for (var entry : header.tensors().entrySet())
        all.put(entry.getKey(), read(channel, entry.getValue()));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
    return all;
  }

  private FileChannel reopen() throws IOException {
    if (!Files.getLastModifiedTime(file).equals(written))
      throw new UserError(file + ": it was written anew while it was being read; read it again");
    return FileChannel.open(file);
  }

  private Tensor read(FileChannel channel, SafeTensorsHeader.Entry entry) throws IOException {
    long position = start + entry.begin();
    if (entry.dtype() != Dtype.BOOL)
      return Memory.read(channel, position, entry.dtype(), entry.shape());
    // The engine takes it for granted that a BOOL's byte is 0 or 1.
    return Memory.read(channel, position, Dtype.UINT8, entry.shape()).to(Dtype.BOOL);
  }

  private static ByteBuffer read(FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, position + bytes.position()) >= 0) {}
    return bytes.flip();
  }

  /** Writes tensors with the metadata {@code format} = {@code pt}, which transformers asks for. */
  public static void write(Path file, Map<String, Tensor> tensors) {
    write(file, tensors, Map.of("format", "pt"));
  }

  /**
   * Writes tensors, on any device and of any strides, as Hugging Face's own writer does: the same
   * tensors give the same bytes. The file appears whole or not at all.
   *
   * @param metadata notes of the writer's; without {@code format} = {@code pt} transformers refuses
   *     the file
   * @throws UserError if the file can't be written
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    SafeTensorsHeader header = SafeTensorsHeader.of(tensors, metadata);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer head = header.encode();
          while (head.hasRemaining()) channel.write(head);
          for (String name : header.tensors().keySet()) Memory.write(tensors.get(name), channel);
        });
  }
}
