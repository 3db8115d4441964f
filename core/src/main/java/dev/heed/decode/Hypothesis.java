package dev.heed.decode;

/**
 * One generated sequence.
 *
 * @param tokens what was generated, without the start and end tokens
 * @param logProbability the sum of the tokens' natural logarithms of probability, the end token's
 *     included where it was reached
 * @param score {@code logProbability} over the length penalty; higher is better
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Hypothesis(int[] tokens, double logProbability, double score) {
  static Hypothesis of(int[] tokens, int length, double logProbability, DecodeConfig config) {
    return new Hypothesis(tokens, logProbability, logProbability / config.penalty(length));
  }
}
