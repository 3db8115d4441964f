package dev.heed.hub;

import dev.heed.config.AtomicFile;
import dev.heed.config.FileErrors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * One model's folder in huggingface_hub's cache:
 *
 * <pre>
 *   models--org--name/refs/main              the commit that the branch was at when last asked
 *                     snapshots/COMMIT/file  a link to
 *                     blobs/ETAG             the content; ETAG.incomplete while it is loaded
 * </pre>
 */
final class HubCache {
  private final Path root;
  private final Path locks;

  HubCache(Path cache, ModelName model) {
    String name = "models--" + model.repo().replace("/", "--");
    root = cache.resolve(name);
    locks = cache.resolve(".locks").resolve(name);
  }

  /** The commit of a revision, as far as the cache knows. */
  Optional<String> commit(String revision) {
    if (Files.isDirectory(snapshot(revision))) return Optional.of(revision);
    Path ref = root.resolve("refs").resolve(revision);
    if (!Files.isRegularFile(ref)) return Optional.empty();
    try {
      return Optional.of(Files.readString(ref).strip());
    } catch (IOException e) {
      throw FileErrors.unreadable(ref, e);
    }
  }

  void commit(String revision, String commit) {
    if (!revision.equals(commit)) AtomicFile.write(root.resolve("refs").resolve(revision), commit);
  }

  Path snapshot(String commit) {
    return root.resolve("snapshots").resolve(commit);
  }

  Path blob(String etag) {
    return root.resolve("blobs").resolve(etag);
  }

  Path incomplete(String etag) {
    return root.resolve("blobs").resolve(etag + ".incomplete");
  }

  /** Puts a blob into a snapshot: as a link or, where there are none, as the file itself. */
  void place(String etag, String commit, String file) throws IOException {
    Path entry = snapshot(commit).resolve(file);
    Path blob = blob(etag);
    Files.createDirectories(entry.getParent());
    Files.deleteIfExists(entry); // a link whose blob was removed
    try {
      Files.createSymbolicLink(entry, entry.getParent().relativize(blob));
    } catch (UnsupportedOperationException | IOException e) {
      Path half = entry.resolveSibling(entry.getFileName() + ".incomplete");
      Files.copy(blob, half, StandardCopyOption.REPLACE_EXISTING);
      Files.move(half, entry, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Runs {@code load} while no other process does so for the same blob. */
  @SuppressWarnings("try") // the lock is there to be closed
  void alone(String etag, Runnable load) {
    Path lock = locks.resolve(etag + ".lock");
    synchronized (HubCache.class) { // a file lock is the whole process's
      try {
        Files.createDirectories(lock.getParent());
        Files.createDirectories(root.resolve("blobs"));
        try (var channel =
                FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            var held = channel.lock()) {
          load.run();
        }
      } catch (IOException e) {
        throw FileErrors.unwritable(lock, e);
      }
    }
  }
}
