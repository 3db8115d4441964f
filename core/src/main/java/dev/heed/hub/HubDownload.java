package dev.heed.hub;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.hub.HubClient.FileInfo;
import dev.heed.hub.HubClient.Unreachable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** One file from the hub into the cache: on from where it broke off, and checked when whole. */
final class HubDownload {
  private static final int TRIES = 5;
  private static final int BUFFER = 1 << 16;

  private final HubClient client;
  private final HubCache cache;
  private final String commit;
  private final String file;
  private final FileInfo info;
  private final Duration pause;
  private final LongConsumer loaded;

  /**
   * @param pause before the connection is tried again
   * @param loaded told how many bytes more there are; negative where some are loaded anew
   */
  HubDownload(
      HubClient client,
      HubCache cache,
      String commit,
      String file,
      FileInfo info,
      Duration pause,
      LongConsumer loaded) {
    this.client = client;
    this.cache = cache;
    this.commit = commit;
    this.file = file;
    this.info = info;
    this.pause = pause;
    this.loaded = loaded;
  }

  /**
   * Makes the blob, unless it is there.
   *
   * @throws UserError if the file can't be loaded whole; what there is of it is kept to go on from
   */
  void run() {
    Path blob = cache.blob(info.etag());
    Path half = cache.incomplete(info.etag());
    if (Files.exists(blob)) {
      loaded.accept(Math.max(0, info.size()));
      return;
    }
    try {
      if (Files.exists(half)) loaded.accept(Files.size(half));
      for (int attempt = 1; !more(half, attempt >= TRIES); attempt++)
        client.sleep(pause.multipliedBy(attempt));
      check(half);
      Files.move(half, blob, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw FileErrors.unwritable(half, e);
    }
  }

  /** Loads what lacks. False if the connection broke, unless that is {@code fatal}. */
  private boolean more(Path half, boolean fatal) throws IOException {
    long have = Files.exists(half) ? Files.size(half) : 0;
    if (have > 0 && have == info.size()) return true;
    HttpResponse<InputStream> response;
    try {
      response = client.content(commit, file, have);
    } catch (Unreachable e) {
      throw broken(have, e.getMessage(), e);
    }
    try (InputStream in = client.body(response)) {
      String range = response.headers().firstValue("content-range").orElse("");
      boolean goesOn = response.statusCode() == 206 && range.startsWith("bytes " + have + "-");
      if (have > 0 && !goesOn) {
        loaded.accept(-have);
        Files.delete(half);
        if (response.statusCode() != 200) return false; // what there was didn't fit; from the start
        have = 0;
      }
      have += copy(in, half);
    } catch (ReadFailure e) {
      if (fatal) throw broken(Files.size(half), e.getMessage(), e);
      return false;
    }
    if (info.size() < 0 || have == info.size()) return true;
    if (have > info.size()) {
      Files.delete(half);
      throw wrong("%,d bytes instead of %,d".formatted(have, info.size()));
    }
    if (fatal) throw broken(have, "the hub sent no more", new IOException("end of stream"));
    return false;
  }

  /** The connection, rather than the disk. */
  private static final class ReadFailure extends Exception {
    private static final long serialVersionUID = 1;

    ReadFailure(IOException e) {
      super(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
    }
  }

  private long copy(InputStream in, Path half) throws IOException, ReadFailure {
    long copied = 0;
    byte[] buffer = new byte[BUFFER];
    try (OutputStream out =
        Files.newOutputStream(half, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
        out.write(buffer, 0, n);
        copied += n;
        loaded.accept(n);
      }
    }
    return copied;
  }

  private static int read(InputStream in, byte[] buffer) throws ReadFailure {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw new ReadFailure(e);
    }
  }

  /** The etag is the content's sha256, or git's sha1 of "blob SIZE\0" and the content. */
  private void check(Path half) throws IOException {
    boolean large = info.etag().matches("[0-9a-f]{64}");
    if (!large && !info.etag().matches("[0-9a-f]{40}")) return; // another sort of server
    MessageDigest digest = digest(large ? "SHA-256" : "SHA-1");
    if (!large)
      digest.update(("blob " + Files.size(half) + "\0").getBytes(StandardCharsets.US_ASCII));
    try (InputStream in = Files.newInputStream(half)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
    }
    if (HexFormat.of().formatHex(digest.digest()).equals(info.etag())) return;
    Files.delete(half);
    throw wrong("another checksum than the hub says");
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has both
    }
  }

  private UserError wrong(String what) {
    return new UserError(
        "what was loaded as %s has %s, and is thrown away: try again".formatted(file, what));
  }

  private UserError broken(long have, String why, Throwable cause) {
    return new UserError(
        "loading %s broke off after %,d of %,d bytes: %s; run it again to go on from there"
            .formatted(file, have, info.size(), why),
        cause);
  }
}
