package dev.heed.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** One sentence for a file that could not be read or written. */
public final class FileErrors {
  private FileErrors() {}

  /** "could not read X: there is no such file; check the path". */
  public static UserError unreadable(Path file, IOException e) {
    return new UserError("could not read %s: %s; check the path".formatted(file, reason(e)), e);
  }

  /** "could not write X: No space left on device; what was there before is unchanged". */
  public static UserError unwritable(Path file, IOException e) {
    return new UserError(
        "could not write %s: %s; what was there before is unchanged".formatted(file, reason(e)), e);
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) return "there is no such file";
    if (e instanceof AccessDeniedException) return "permission denied";
    if (e instanceof CharacterCodingException) return "it is not UTF-8 text";
    if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
      return "a folder of that path is a file";
    }
    // FileSystemException puts the path, already named, before the system's own words.
    String message = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
