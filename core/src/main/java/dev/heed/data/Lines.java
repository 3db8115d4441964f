package dev.heed.data;

import dev.heed.config.UserError;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The lines of a text file or stream, plain or gzip (told by its first two bytes), in strict UTF-8.
 * A line ends at LF or CR LF and nowhere else; a byte order mark is dropped. Lines are cut as bytes
 * and decoded one by one, so that a malformed byte is reported with its line.
 */
public final class Lines implements Cursor<String> {
  /** Guards memory against a file that isn't text by lines; sentences are limited in tokens. */
  static final int MAX_BYTES = 1 << 20;

  private final String name;
  private final InputStream in;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
  private final byte[] chunk = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;
  private long read;
  private boolean ready;
  private boolean ended;

  /** Opens a file that {@link #locate} has found. */
  Lines(Path file) {
    // Files.newInputStream would ask a pipe for its position, which it has not.
    this(file.toString(), () -> new FileInputStream(file.toFile()));
  }

  private Lines(String name, Source source) {
    this.name = name;
    this.in = open(name, source);
  }

  private interface Source {
    InputStream open() throws IOException;
  }

  /**
   * Opens a file; {@code x} is also found as {@code x.gz}.
   *
   * @throws UserError if there is no such file or it can't be read; so while reading
   */
  public static Lines of(Path file) {
    return new Lines(locate(file));
  }

  /**
   * The bytes of such a file, unzipped, where it isn't to be read by lines.
   *
   * @throws UserError if there is no such file or it can't be opened
   */
  public static InputStream bytes(Path file) {
    Path found = locate(file);
    return open(found.toString(), () -> new FileInputStream(found.toFile()));
  }

  /**
   * Reads a stream, which is closed at its end.
   *
   * @param name what to call it in messages
   */
  public static Lines of(InputStream stream, String name) {
    return new Lines(name, () -> stream);
  }

  /** The file itself, or where it is missing the same name with {@code .gz}. */
  static Path locate(Path file) {
    Path zipped = Path.of(file + ".gz");
    Path found = !Files.exists(file) && Files.exists(zipped) ? zipped : file;
    if (!Files.exists(found))
      throw new UserError("%s: no such file (nor %s); check the path".formatted(file, zipped));
    if (Files.isDirectory(found))
      throw new UserError("%s: is a folder; name a text file in it".formatted(found));
    return found;
  }

  private static InputStream open(String name, Source source) {
    try {
      // Closed by close(), or here if it can't even be looked into.
      @SuppressWarnings("resource")
      InputStream raw = new BufferedInputStream(source.open(), 1 << 16);
      try {
        raw.mark(2);
        boolean gzip = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        return gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
      } catch (IOException e) {
        raw.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(name, 1, e);
    }
  }

  private static UserError unreadable(String name, long line, IOException e) {
    String message =
        e instanceof EOFException || e instanceof ZipException
            ? "%s:%d: the gzip data is damaged or cut off; fetch the file again"
            : "%s:%d: can't be read (%s); check the file";
    return new UserError(message.formatted(name, line, e), e);
  }

  /** The number of the line that {@link #next()} gave last, counted from 1. */
  public long number() {
    return ready ? read - 1 : read;
  }

  /** Where the line that {@link #next()} gave last stands: {@code file:line}. */
  public String where() {
    return name + ":" + number();
  }

  /** Reads to the end of the file without decoding and says how many lines it has in all. */
  public long countAll() {
    ready = false;
    while (cut()) {}
    return read;
  }

  @Override
  public boolean hasNext() {
    return ready || (ready = cut());
  }

  @Override
  public String next() {
    if (!hasNext()) throw new NoSuchElementException();
    ready = false;
    return decode(line.toByteArray());
  }

  /** Moves the next line's bytes, without its end, to {@link #line}; false at the end. */
  private boolean cut() {
    line.reset();
    try {
      for (boolean any = false; !ended; any = true) {
        if (position == limit && !refill()) {
          close();
          if (any) read++;
          return any;
        }
        int end = position;
        while (end < limit && chunk[end] != '\n') end++;
        line.write(chunk, position, end - position);
        if (line.size() > MAX_BYTES)
          throw new UserError(
              "%s:%d: the line is longer than %d bytes; check that the file is text, one example a line"
                  .formatted(name, read + 1, MAX_BYTES));
        position = Math.min(end + 1, limit); // behind the LF, if there is one
        if (end < limit) {
          read++;
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw unreadable(name, read + 1, e);
    }
  }

  private boolean refill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(chunk));
    return limit > 0;
  }

  private String decode(byte[] bytes) {
    boolean mark =
        read == 1
            && bytes.length >= 3
            && bytes[0] == (byte) 0xEF
            && bytes[1] == (byte) 0xBB
            && bytes[2] == (byte) 0xBF;
    int from = mark ? 3 : 0;
    int to = bytes.length;
    if (to > from && bytes[to - 1] == '\r') to--;
    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, to - from);
    try {
      return utf8.decode(buffer).toString();
    } catch (CharacterCodingException e) {
      throw new UserError(
          "%s:%d: byte %d of the line isn't UTF-8; convert the file to UTF-8"
              .formatted(name, read, buffer.position() + 1),
          e);
    }
  }

  @Override
  public void close() {
    ended = true;
    try {
      in.close();
    } catch (IOException e) {
      throw new UserError("%s: can't be closed (%s); check the disk".formatted(name, e), e);
    }
  }
}
