package dev.heed.decode;

import java.util.Arrays;
import java.util.List;

/**
 * What one row of a search begins with.
 *
 * @param context the tokens before the first generated one that count as said: for what must not be
 *     repeated
 * @param maxLength the greatest length to generate, in tokens with the end token, at least 1
 * @param seed of what is drawn for this row
 * @param stop what may end a hypothesis besides the end token
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Start(int[] context, int maxLength, long seed, Stop stop) {
  /** Looks at what is generated. */
  public interface Stop {
    Stop NEVER = (hypothesis, tokens) -> false;

    /**
     * Whether to end here. Where tokens are chosen one by one, greedily or drawn, it is asked once
     * after each that is no end token; a beam asks of each candidate that could live on.
     *
     * @param tokens generated so far, the newest last
     */
    boolean after(int hypothesis, int[] tokens);
  }

  public Start {
    if (maxLength < 1)
      throw new IllegalArgumentException("a greatest length must be at least 1, not " + maxLength);
  }

  /** Rows without a context. */
  public static List<Start> of(int... maxLengths) {
    return Arrays.stream(maxLengths)
        .mapToObj(length -> new Start(new int[0], length, 0, Stop.NEVER))
        .toList();
  }
}
