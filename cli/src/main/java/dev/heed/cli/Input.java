package dev.heed.cli;

import dev.heed.data.Lines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Lines of a file or of standard input. */
final class Input {
  private Input() {}

  static Lines open(Optional<Path> file) {
    return file.map(Lines::of).orElseGet(() -> Lines.of(System.in, name(file)));
  }

  static List<String> lines(Optional<Path> file) {
    try (Lines lines = open(file)) {
      return next(lines, Integer.MAX_VALUE);
    }
  }

  /** The lines to come, at most {@code most}. */
  static List<String> next(Iterator<String> lines, int most) {
    List<String> some = new ArrayList<>();
    while (some.size() < most && lines.hasNext()) some.add(lines.next());
    return some;
  }

  /** How many lines there are, if that can be known before they are read. */
  static OptionalLong count(Optional<Path> file) {
    if (file.isPresent() && Files.exists(file.get()) && !Files.isRegularFile(file.get()))
      return OptionalLong.empty(); // a pipe gives its lines once
    return file.map(Lines::of).map(Input::countAndClose).orElse(OptionalLong.empty());
  }

  private static OptionalLong countAndClose(Lines lines) {
    try (lines) {
      return OptionalLong.of(lines.countAll());
    }
  }

  static String name(Optional<Path> file) {
    return file.map(Path::toString).orElse("standard input");
  }
}
