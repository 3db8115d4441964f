package dev.heed.data;

import java.util.Random;

/**
 * Texts of which a generator is to replace tokens (Clark et al. 2020, section 2).
 *
 * @param masked with a mask for each token that is to be replaced, whose label is what was there
 * @param ids (B, T), the texts as they are
 * @param draws (B, T), from 0 to below 1: which of the generator's guesses is taken for a token is
 *     where this falls among their probabilities
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
public record ReplacedBatch(TokenBatch masked, int[] ids, float[] draws) {
  /** The same random numbers choose the same. */
  public static ReplacedBatch of(TokenBatch whole, Masking masking, Random random) {
    TokenBatch masked = masking.hide(whole, random);
    float[] draws = new float[whole.ids().length];
    for (int i = 0; i < draws.length; i++) draws[i] = random.nextFloat();
    return new ReplacedBatch(masked, whole.ids(), draws);
  }
}
