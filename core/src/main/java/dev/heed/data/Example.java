package dev.heed.data;

/**
 * A pair as token ids. Whatever frames the texts (such as the end-of-sentence id that a target has
 * to end with) is already in them. The arrays are shared, not copied: don't write to them.
 *
 * @param source (S) ids, at least one
 * @param target (T) ids, at least one
 * @param number of the pair in its corpus, counted from 1: in a file its line
 */
@SuppressWarnings("ArrayRecordComponent") // millions of them are never compared
public record Example(int[] source, int[] target, long number) {
  public Example {
    if (source.length == 0 || target.length == 0)
      throw new IllegalArgumentException("example " + number + " has an empty side");
  }

  /** Tokens of the longer side. */
  public int longest() {
    return Math.max(source.length, target.length);
  }
}
