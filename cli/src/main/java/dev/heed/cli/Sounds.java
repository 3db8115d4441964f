package dev.heed.cli;

import dev.heed.data.Sound;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** WAV files that lines or arguments name. */
final class Sounds {
  private static final double TOGETHER = 600; // seconds in memory, beside one recording

  private Sounds() {}

  /** What is done with some recordings. */
  interface Work<T> {
    /**
     * @param first the number of the first
     */
    List<T> of(List<Sound> sounds, long first);
  }

  /**
   * Reads files and works on them, few at a time if they are long.
   *
   * @param files each named by the only text of its line
   * @param first the number of the first
   */
  static <T> List<T> each(List<List<String>> files, long first, Work<T> work) {
    List<T> results = new ArrayList<>();
    List<Sound> read = new ArrayList<>();
    double seconds = 0;
    for (List<String> file : files) {
      Sound sound = Sound.read(Path.of(file.get(0)));
      read.add(sound);
      seconds += sound.seconds();
      if (seconds < TOGETHER && results.size() + read.size() < files.size()) continue;
      results.addAll(work.of(List.copyOf(read), first + results.size()));
      read.clear();
      seconds = 0;
    }
    return results;
  }
}
