package dev.heed.decode;

/**
 * What a live hypothesis could still score at most, by which a beam search knows that it is done.
 */
public enum StopBound {
  /**
   * Its log-probability over the penalty of the greatest length: nothing better is missed. Hugging
   * Face's {@code early_stopping="never"}.
   */
  EXACT,
  /**
   * Its log-probability over the penalty of its present length, and all of the beam's places must
   * be taken: Hugging Face's {@code early_stopping=False}.
   */
  ESTIMATE
}
