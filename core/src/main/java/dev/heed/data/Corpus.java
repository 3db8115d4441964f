package dev.heed.data;

import java.util.List;

/**
 * Pairs of texts that can be gone through any number of times, always in the same order. The
 * corpora on disk are read anew, line by line, on every pass and hold nothing in memory; {@link
 * Examples#toList()} is the way to keep a small one.
 */
public interface Corpus extends Iterable<Pair> {
  /** What messages call this corpus: its file or files. */
  String name();

  /**
   * Where a pair stands, for messages: {@code train.en:17}.
   *
   * @param number the pair's number, counted from 1
   */
  String where(long number);

  /**
   * A new pass from the first pair.
   *
   * @throws dev.heed.config.UserError from the cursor, with file and line, where the data is amiss
   */
  @Override
  Cursor<Pair> iterator();

  /** Pairs already in memory. */
  static Corpus of(String name, List<Pair> pairs) {
    List<Pair> copy = List.copyOf(pairs);
    return new Corpus() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String where(long number) {
        return name + ", pair " + number;
      }

      @Override
      public Cursor<Pair> iterator() {
        return Cursor.of(copy.iterator());
      }
    };
  }
}
