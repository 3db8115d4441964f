package dev.heed.task;

import dev.heed.text.Encoding;
import java.util.stream.IntStream;

/**
 * What the model reads of a text or of a pair of texts, special tokens included.
 *
 * @param segments one an id
 * @param cut whether tokens were left out
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one
public record Row(int[] ids, int[] segments, boolean cut) {
  /** The tokens of an encoding that {@code kept} names, in its order. */
  public static Row of(Encoding encoding, int[] kept) {
    return new Row(
        IntStream.of(kept).map(i -> encoding.ids()[i]).toArray(),
        IntStream.of(kept).map(i -> encoding.typeIds()[i]).toArray(),
        kept.length < encoding.size());
  }

  /** How many ids. */
  public int size() {
    return ids.length;
  }
}
