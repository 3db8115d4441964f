package dev.heed.decode;

import dev.heed.config.Doc;
import dev.heed.config.UserError;

/**
 * How to search for the output. Lengths count generated tokens, the end token among them.
 *
 * @param beam hypotheses kept at each step; 1 is greedy search
 * @param nBest hypotheses returned for each input, at most {@code beam}
 * @param lengthPenalty what a hypothesis' log-probability is divided by to rank it
 * @param alpha the penalty's exponent, 0 or more; 0 is no penalty
 * @param maxLength the greatest length of any output
 * @param maxRatio with {@code maxExtra}: an output is at most {@code maxRatio · source + maxExtra}
 *     long
 * @param maxExtra see {@code maxRatio}; {@code maxLength} or more leaves {@code maxLength} alone in
 *     force. Vaswani et al. 2017, section 6.1: source + 50
 * @param noRepeatNgram no sequence of this many tokens occurs twice in an output (Paulus et al.
 *     2017, section 2.5); 0 allows all
 * @param earlyStop whether to stop at {@code beam} finished hypotheses; otherwise the search goes
 *     on until no other could be among the {@code nBest}
 */
public record DecodeConfig(
    @Doc("hypotheses kept at each step; 1 is greedy search") int beam,
    @Doc("hypotheses returned for each input, at most `beam`") int nBest,
    @Doc("what log-probabilities are divided by: 1, ((5+length)/6)^alpha or length^alpha")
        LengthPenalty lengthPenalty,
    @Doc("exponent of the length penalty, 0 or more") double alpha,
    @Doc("greatest output length, in tokens with the end token") int maxLength,
    @Doc("greatest output length for each source token; see `maxExtra`") double maxRatio,
    @Doc("tokens allowed beyond `maxRatio` times the source's length") int maxExtra,
    @Doc("no run of this many tokens occurs twice in an output; 0 allows all") int noRepeatNgram,
    @Doc("stop at `beam` finished hypotheses rather than when no better one is possible")
        boolean earlyStop) {
  public static final DecodeConfig DEFAULT =
      new DecodeConfig(5, 1, LengthPenalty.GNMT, 0.6, 256, 1.0, 50, 0, true);

  /**
   * @throws UserError if a value is outside its range
   */
  public DecodeConfig {
    require(beam >= 1, "beam must be at least 1, not " + beam);
    require(
        nBest >= 1 && nBest <= beam, "nBest must be from 1 to beam (" + beam + "), not " + nBest);
    require(alpha >= 0 && alpha < 1e3, "alpha must be 0 or more (below 1000), not " + alpha);
    require(maxLength >= 1, "maxLength must be at least 1 token, not " + maxLength);
    require(maxRatio >= 0 && maxRatio < 1e6, "maxRatio must be 0 or more, not " + maxRatio);
    require(maxExtra >= 0, "maxExtra must be 0 tokens or more, not " + maxExtra);
    require(noRepeatNgram >= 0, "noRepeatNgram must be 0 (off) or more, not " + noRepeatNgram);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) throw new UserError(otherwise);
  }

  /** The greatest output length, at least 1, for each of some source lengths in tokens. */
  public int[] maxLengths(int[] sources) {
    int[] lengths = new int[sources.length];
    for (int i = 0; i < lengths.length; i++) {
      double allowed = Math.floor(maxRatio * sources[i]) + maxExtra;
      lengths[i] = (int) Math.max(1, Math.min(maxLength, allowed));
    }
    return lengths;
  }

  double penalty(int length) {
    return lengthPenalty.of(length, alpha);
  }

  /** The same with another beam and number of hypotheses returned. */
  public DecodeConfig withBeam(int beam, int nBest) {
    return new DecodeConfig(
        beam, nBest, lengthPenalty, alpha, maxLength, maxRatio, maxExtra, noRepeatNgram, earlyStop);
  }
}
