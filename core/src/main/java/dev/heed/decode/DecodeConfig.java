package dev.heed.decode;

import dev.heed.config.Doc;
import dev.heed.config.UserError;

/**
 * How to search for the output. Lengths count generated tokens, the end token among them.
 *
 * @param beam hypotheses kept at each step; 1 is greedy search
 * @param nBest hypotheses returned for each input, at most {@code beam} unless they are drawn
 * @param lengthPenalty what a hypothesis' log-probability is divided by to rank it
 * @param alpha the penalty's exponent; 0 is no penalty, below 0 favours short outputs
 * @param maxLength the greatest length of any output
 * @param maxRatio with {@code maxExtra}: an output is at most {@code maxRatio · source + maxExtra}
 *     long
 * @param maxExtra see {@code maxRatio}; {@code maxLength} or more leaves {@code maxLength} alone in
 *     force. Vaswani et al. 2017, section 6.1: source + 50
 * @param noRepeatNgram no sequence of this many tokens occurs twice in an output (Paulus et al.
 *     2017, section 2.5), the prompt of a decoder included; 0 allows all
 * @param earlyStop whether to stop at {@code beam} finished hypotheses; otherwise the search goes
 *     on until no other could be among the best, by {@code stopBound}
 * @param stopBound what a live hypothesis could score at most
 * @param cut whether a beam's hypotheses that reach the greatest length count as they are;
 *     otherwise the end token alone may come there, at its probability. Greedy search always cuts
 * @param minLength the fewest tokens before the end token
 * @param repetitionPenalty what raises the scores of tokens not yet said; see {@link
 *     RepetitionPenalty}. 1 is none
 * @param sampling whether and how to draw tokens
 * @param penaltyAlpha how much being unlike what was said counts against being probable; 0 is none.
 *     See {@link ContrastiveSearch}
 */
public record DecodeConfig(
    @Doc("hypotheses kept at each step; 1 is greedy search") int beam,
    @Doc("hypotheses returned for each input, at most `beam` unless they are drawn") int nBest,
    @Doc("what log-probabilities are divided by: 1, ((5+length)/6)^alpha or length^alpha")
        LengthPenalty lengthPenalty,
    @Doc("exponent of the length penalty; below 0 favours short outputs") double alpha,
    @Doc("greatest output length, in tokens with the end token") int maxLength,
    @Doc("greatest output length for each source token; see `maxExtra`") double maxRatio,
    @Doc("tokens allowed beyond `maxRatio` times the source's length") int maxExtra,
    @Doc("no run of this many tokens occurs twice in an output; 0 allows all") int noRepeatNgram,
    @Doc("stop at `beam` finished hypotheses rather than when no better one is possible")
        boolean earlyStop,
    @Doc("what a live hypothesis could score: `exact`, or an `estimate` by its present length")
        StopBound stopBound,
    @Doc("let a beam's hypotheses end at the greatest length without the end token") boolean cut,
    @Doc("fewest tokens before the end token") int minLength,
    @Doc("above 1 makes tokens that were said before less likely; 1 is none")
        double repetitionPenalty,
    @Doc("drawing tokens instead of searching") Sampling sampling,
    @Doc(
            "contrastive search among `sampling.topK` tokens: weight of being unlike the text; 0 is off")
        double penaltyAlpha) {
  public static final DecodeConfig DEFAULT =
      new DecodeConfig(5, 1, LengthPenalty.GNMT, 0.6, 256, 1.0, 50, 0, true);

  /**
   * @throws UserError if a value is outside its range
   */
  public DecodeConfig {
    require(beam >= 1, "beam must be at least 1, not " + beam);
    require(
        nBest >= 1 && (sampling.sample() || nBest <= beam),
        "nBest must be from 1 to beam (" + beam + "), not " + nBest);
    require(Math.abs(alpha) < 1e3, "alpha must be between -1000 and 1000, not " + alpha);
    require(maxLength >= 1, "maxLength must be at least 1 token, not " + maxLength);
    require(maxRatio >= 0 && maxRatio < 1e6, "maxRatio must be 0 or more, not " + maxRatio);
    require(maxExtra >= 0, "maxExtra must be 0 tokens or more, not " + maxExtra);
    require(noRepeatNgram >= 0, "noRepeatNgram must be 0 (off) or more, not " + noRepeatNgram);
    require(minLength >= 0, "minLength must be 0 tokens or more, not " + minLength);
    require(
        repetitionPenalty > 0 && repetitionPenalty < 1e6,
        "repetitionPenalty must be above 0, not " + repetitionPenalty);
    require(!sampling.sample() || beam == 1, "beam must be 1 where tokens are drawn, not " + beam);
    require(
        penaltyAlpha >= 0 && penaltyAlpha <= 1,
        "penaltyAlpha must be from 0 to 1, not " + penaltyAlpha);
    require(
        penaltyAlpha == 0 || beam == 1 && !sampling.sample() && sampling.topK() > 1,
        "penaltyAlpha needs a beam of 1, no drawing, and topK of 2 or more");
  }

  /** A search that isn't contrastive. */
  public DecodeConfig(
      int beam,
      int nBest,
      LengthPenalty lengthPenalty,
      double alpha,
      int maxLength,
      double maxRatio,
      int maxExtra,
      int noRepeatNgram,
      boolean earlyStop,
      StopBound stopBound,
      boolean cut,
      int minLength,
      double repetitionPenalty,
      Sampling sampling) {
    this(
        beam,
        nBest,
        lengthPenalty,
        alpha,
        maxLength,
        maxRatio,
        maxExtra,
        noRepeatNgram,
        earlyStop,
        stopBound,
        cut,
        minLength,
        repetitionPenalty,
        sampling,
        0);
  }

  /** The classic search: exact, to the end token, and nothing drawn. */
  public DecodeConfig(
      int beam,
      int nBest,
      LengthPenalty lengthPenalty,
      double alpha,
      int maxLength,
      double maxRatio,
      int maxExtra,
      int noRepeatNgram,
      boolean earlyStop) {
    this(
        beam,
        nBest,
        lengthPenalty,
        alpha,
        maxLength,
        maxRatio,
        maxExtra,
        noRepeatNgram,
        earlyStop,
        StopBound.EXACT,
        false,
        0,
        1,
        Sampling.OFF);
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

  /**
   * How many hypotheses of a row are in a step: the beam, the samples drawn, or the tokens among
   * which a contrastive search chooses.
   */
  public int width() {
    return penaltyAlpha > 0 ? sampling.topK() : sampling.sample() ? nBest : beam;
  }

  /** Whether a row has but one output, to which one token after the other is added. */
  public boolean single() {
    return beam == 1 && nBest == 1;
  }

  double penalty(int length) {
    return lengthPenalty.of(length, alpha);
  }

  /** The same with another beam and number of hypotheses returned. */
  public DecodeConfig withBeam(int beam, int nBest) {
    return new DecodeConfig(
        beam,
        nBest,
        lengthPenalty,
        alpha,
        maxLength,
        maxRatio,
        maxExtra,
        noRepeatNgram,
        earlyStop,
        stopBound,
        cut,
        minLength,
        repetitionPenalty,
        sampling,
        penaltyAlpha);
  }
}
