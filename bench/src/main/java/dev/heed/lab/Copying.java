package dev.heed.lab;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The copying problem (Hochreiter and Schmidhuber 1997; Arjovsky et al. 2016, section 4.1): ten
 * symbols of eight, blanks, and ten places at which these symbols are to be said again, in order.
 */
final class Copying implements LongTask.Generator {
  private static final int SYMBOLS = 8;
  private static final int COPIED = 10;
  private static final int BLANK = 1 + SYMBOLS;
  private static final int SAY = 2 + SYMBOLS;

  @Override
  public int vocabulary() {
    return SAY + 1;
  }

  @Override
  public int classes() {
    return SYMBOLS;
  }

  @Override
  public boolean perToken() {
    return true;
  }

  @Override
  public LongTask.Example draw(SplittableRandom random, int length) {
    if (length < 2 * COPIED)
      throw new UserError("copying needs at least %d tokens, not %d".formatted(2 * COPIED, length));
    int[] ids = new int[length];
    int[] labels = new int[length];
    Arrays.fill(ids, BLANK);
    Arrays.fill(labels, LongTask.IGNORED);
    for (int i = 0; i < COPIED; i++) {
      int symbol = random.nextInt(SYMBOLS);
      ids[i] = 1 + symbol;
      ids[length - COPIED + i] = SAY;
      labels[length - COPIED + i] = symbol;
    }
    return new LongTask.Example(ids, labels);
  }
}
