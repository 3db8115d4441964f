package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Texts as rows of at most {@code most} tokens. What is left out of a longer one are tokens at its
 * end, and never a special token around it; of a pair, the longer text loses more (the tokenizers
 * library's {@code longest_first}).
 *
 * @param first what the first text is called in messages, which number texts
 */
public record Fitting(Tokenizer tokenizer, int most, TooLong tooLong, long first) {
  /** Where a text's own tokens begin among those of an encoding, and how many they are. */
  record Place(int start, int length) {
    int end() {
      return start + length;
    }
  }

  /**
   * The ids of each text.
   *
   * @throws UserError if one has no token, or too many and may not be cut
   */
  public List<int[]> ids(List<String> texts) {
    return rows(texts).stream().map(Row::ids).toList();
  }

  /** The rows of texts of which only the ids count. */
  List<Row> rows(List<String> texts) {
    List<int[]> all = tokenizer.encodeAll(texts);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int[] ids = all.get(i);
      int[] kept = fits(i, ids.length) ? ids : select(ids, cut(ids, texts.get(i)));
      rows.add(new Row(kept, new int[kept.length], kept.length < ids.length));
    }
    return rows;
  }

  /** The indices of the tokens of text {@code i} to keep. */
  public int[] kept(int i, String text, Encoding encoding) {
    return fits(i, encoding.size()) ? all(encoding) : cut(encoding.ids(), text);
  }

  /** The same for a pair. */
  public int[] kept(int i, String text, String second, Encoding encoding) {
    if (fits(i, encoding.size())) return all(encoding);
    Place[] places = places(encoding, text, second);
    int a = places[0].length();
    int b = places[1].length();
    int room = Math.max(0, most - (encoding.size() - a - b));
    int shorter = Math.min(Math.min(a, b), room / 2);
    int keptOfFirst = a <= b ? shorter : room - shorter;
    int dropFrom = places[0].start() + keptOfFirst;
    int dropFromSecond = places[1].start() + room - keptOfFirst;
    return IntStream.range(0, encoding.size())
        .filter(
            t ->
                !(t >= dropFrom && t < places[0].end())
                    && !(t >= dropFromSecond && t < places[1].end()))
        .toArray();
  }

  /** Where both texts of a pair stand. */
  Place[] places(Encoding encoding, String text, String second) {
    Tokenizer bare = tokenizer.withoutSpecials();
    Place a = find(encoding.ids(), 0, bare.encode(text));
    return new Place[] {a, find(encoding.ids(), a.end(), bare.encode(second))};
  }

  /** Where a text stands that is by itself. */
  Place place(Encoding encoding, String text) {
    return find(encoding.ids(), 0, tokenizer.withoutSpecials().encode(text));
  }

  /**
   * Some of a text's tokens, with all that stands around the text.
   *
   * @param kept the indices of all these tokens
   * @param from the index of the first of the text's
   * @param to that after its last
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by no one
  record Window(int[] kept, int from, int to) {}

  /**
   * A text in as many windows as it needs; none if there is no room for it.
   *
   * @param overlap tokens that two windows share; at most half of what they have room for
   */
  List<Window> windows(Encoding encoding, Place text, int overlap) {
    int room = most - (encoding.size() - text.length());
    List<Window> windows = new ArrayList<>();
    if (room < 1) return windows;
    int step = room - Math.min(overlap, room / 2);
    int from = text.start();
    int to;
    do {
      int start = from;
      int end = to = Math.min(from + room, text.end());
      int[] kept =
          IntStream.range(0, encoding.size())
              .filter(t -> t < text.start() || t >= text.end() || (t >= start && t < end))
              .toArray();
      windows.add(new Window(kept, start, end));
      from += step;
    } while (to < text.end());
    return windows;
  }

  private boolean fits(int i, int tokens) {
    if (tokens == 0)
      throw new UserError("text %d has no token: give one with words".formatted(first + i));
    if (tokens > most && tooLong == TooLong.FAIL)
      throw new UserError(
          "text %d has %d tokens, and the model takes at most %d: split it, or let it be cut (--truncate)"
              .formatted(first + i, tokens, most));
    return tokens <= most;
  }

  private int[] cut(int[] ids, String text) {
    Place place = find(ids, 0, tokenizer.withoutSpecials().encode(text));
    int room = Math.max(0, most - (ids.length - place.length()));
    return IntStream.range(0, ids.length)
        .filter(t -> t < place.start() + room || t >= place.end())
        .toArray();
  }

  /** Where {@code part}, which is in {@code ids}, begins from {@code from} on. */
  private static Place find(int[] ids, int from, int[] part) {
    int start = from;
    while (start + part.length <= ids.length
        && !Arrays.equals(ids, start, start + part.length, part, 0, part.length)) start++;
    return new Place(start, part.length);
  }

  private static int[] select(int[] ids, int[] kept) {
    return IntStream.of(kept).map(t -> ids[t]).toArray();
  }

  private static int[] all(Encoding encoding) {
    return IntStream.range(0, encoding.size()).toArray();
  }
}
