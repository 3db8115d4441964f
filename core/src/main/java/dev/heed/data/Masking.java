package dev.heed.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.function.IntPredicate;

/**
 * The masked language model's task (Devlin et al. 2019, section 3.1): of the tokens chosen to be
 * guessed, 80 % are replaced by the mask, 10 % by a random token, and 10 % stay.
 *
 * @param share of the tokens that are chosen
 * @param mask the id of the mask
 * @param vocabulary random tokens are below it
 * @param special which ids are never chosen
 * @param continues which ids go on with the word of the token before; {@code id -> false} chooses
 *     tokens one by one, anything else whole words
 */
public record Masking(
    double share, int mask, int vocabulary, IntPredicate special, IntPredicate continues) {

  /** Of the chosen tokens, how many a mask replaces, and how many that or a random token. */
  private static final double MASKED = 0.8;

  private static final double CHANGED = 0.9;

  /**
   * A batch whose labels are the chosen ids. The same random numbers choose the same.
   *
   * @param whole the batch as it is
   */
  public TokenBatch apply(TokenBatch whole, Random random) {
    return apply(whole, MASKED, CHANGED, random);
  }

  /** The same where the mask replaces all that are chosen (Clark et al. 2020, section 2). */
  public TokenBatch hide(TokenBatch whole, Random random) {
    return apply(whole, 1, 1, random);
  }

  private TokenBatch apply(TokenBatch whole, double masked, double changed, Random random) {
    int[] ids = whole.ids().clone();
    int[] labels = new int[ids.length];
    Arrays.fill(labels, TokenBatch.IGNORED);
    for (int row = 0; row < whole.rows(); row++) {
      int from = row * whole.length();
      BitSet chosen = choose(ids, from, from + whole.lengths()[row], random);
      for (int i = chosen.nextSetBit(0); i >= 0; i = chosen.nextSetBit(i + 1)) {
        labels[i] = ids[i];
        double draw = random.nextDouble();
        if (draw < masked) ids[i] = mask;
        else if (draw < changed) ids[i] = random.nextInt(vocabulary);
      }
    }
    return new TokenBatch(
        whole.rows(),
        whole.length(),
        ids,
        whole.segments(),
        whole.lengths(),
        whole.length(),
        labels);
  }

  /** A word is chosen at its first token and with all that go on with it. */
  private BitSet choose(int[] ids, int from, int to, Random random) {
    BitSet chosen = new BitSet();
    boolean word = false;
    for (int i = from; i < to; i++) {
      boolean inner = i > from && continues.test(ids[i]) && !special.test(ids[i - 1]);
      word = inner ? word : random.nextDouble() < share;
      if (word && !special.test(ids[i])) chosen.set(i);
    }
    return chosen;
  }
}
