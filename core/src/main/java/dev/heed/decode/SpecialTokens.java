package dev.heed.decode;

import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The ids that a search treats apart.
 *
 * @param bos the token every hypothesis starts from; neither counted nor returned
 * @param ends the tokens any of which ends a hypothesis; counted, not returned
 * @param banned tokens never to be generated, such as padding and {@code bos}. Their probability is
 *     not shared out among the others: log-probabilities stay the model's
 * @param bannedFirst tokens that may not be the first to be chosen
 * @param forcedFirst the token that every hypothesis begins with, at no cost, such as the language
 *     to translate into
 * @param forcedLast the token that takes the last place of the greatest length, at no cost
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SpecialTokens(
    int bos,
    int[] ends,
    int[] banned,
    int[] bannedFirst,
    OptionalInt forcedFirst,
    OptionalInt forcedLast) {
  /**
   * @throws IllegalArgumentException if the only end is banned
   */
  public SpecialTokens {
    if (ends.length == 1 && contains(banned, ends[0]))
      throw new IllegalArgumentException("the end token " + ends[0] + " cannot be banned");
  }

  /** One end token, and nothing forced. */
  public SpecialTokens(int bos, int eos, int... banned) {
    this(bos, new int[] {eos}, banned, new int[0], OptionalInt.empty(), OptionalInt.empty());
  }

  /** Whether a token ends a hypothesis. */
  public boolean isEnd(int token) {
    return contains(ends, token);
  }

  /** The token that must come at a place, counted from 0. */
  OptionalInt forced(int place, int maxLength) {
    if (place == maxLength - 1 && forcedLast.isPresent()) return forcedLast;
    return place == 0 ? forcedFirst : OptionalInt.empty();
  }

  private static boolean contains(int[] tokens, int token) {
    return IntStream.of(tokens).anyMatch(one -> one == token);
  }
}
