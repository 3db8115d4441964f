package dev.heed.decode;

import java.util.OptionalInt;

/**
 * One generated sequence.
 *
 * @param tokens what was generated, without the start and end tokens
 * @param end the end token that it reached; empty if it was cut at the greatest length or stopped
 * @param logProbability the sum of the tokens' natural logarithms of probability, the end token's
 *     included where it was reached
 * @param score {@code logProbability} over the length penalty; higher is better
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Hypothesis(int[] tokens, OptionalInt end, double logProbability, double score) {
  static Hypothesis of(int[] tokens, OptionalInt end, double logProbability, DecodeConfig config) {
    int length = Math.max(1, tokens.length + (end.isPresent() ? 1 : 0));
    return new Hypothesis(tokens, end, logProbability, logProbability / config.penalty(length));
  }
}
