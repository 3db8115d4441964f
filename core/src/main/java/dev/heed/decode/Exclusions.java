package dev.heed.decode;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which tokens may not come next.
 *
 * @param context said before anything was generated
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Exclusions(SpecialTokens special, DecodeConfig config, int[] context) {
  /** The tokens that may not follow what was generated, each once, in ascending order. */
  int[] after(int[] tokens) {
    IntStream excluded = IntStream.of(special.banned());
    if (tokens.length == (special.forcedFirst().isPresent() ? 1 : 0))
      excluded = IntStream.concat(excluded, IntStream.of(special.bannedFirst()));
    if (tokens.length < config.minLength())
      excluded = IntStream.concat(excluded, IntStream.of(special.ends()));
    if (config.noRepeatNgram() > 0)
      excluded = IntStream.concat(excluded, repeating(said(tokens), config.noRepeatNgram() - 1));
    return excluded.sorted().distinct().toArray();
  }

  /** The context and what was generated. */
  int[] said(int[] tokens) {
    int[] said = Arrays.copyOf(context, context.length + tokens.length);
    System.arraycopy(tokens, 0, said, context.length, tokens.length);
    return said;
  }

  /** Wherever the newest tokens stood before, what followed them then may not now. */
  private static IntStream repeating(int[] said, int newest) {
    return IntStream.range(newest, said.length)
        .filter(
            end -> Arrays.equals(said, end - newest, end, said, said.length - newest, said.length))
        .map(end -> said[end]);
  }

  static boolean contains(int[] excluded, int token) {
    return Arrays.binarySearch(excluded, token) >= 0;
  }
}
