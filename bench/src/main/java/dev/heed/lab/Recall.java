package dev.heed.lab;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Associative recall (Graves et al. 2014, section 4.3; Ba et al. 2016, "Fast weights", section
 * 4.1): pairs of a key and a value stand scattered among blanks; the last token repeats one of the
 * keys, and its value is to be said there.
 */
final class Recall implements LongTask.Generator {
  private static final int VALUES = 10;
  private static final int KEYS = 64;
  private static final int MOST = 32; // pairs
  private static final int SHORTEST = 8;
  private static final int BLANK = 1;
  private static final int VALUE = 2; // the id of the first
  private static final int KEY = VALUE + VALUES;

  @Override
  public int vocabulary() {
    return KEY + KEYS;
  }

  @Override
  public int classes() {
    return VALUES;
  }

  @Override
  public boolean perToken() {
    return true;
  }

  @Override
  public LongTask.Example draw(SplittableRandom random, int length) {
    if (length < SHORTEST)
      throw new UserError("recall needs at least %d tokens, not %d".formatted(SHORTEST, length));
    int[] ids = new int[length];
    int[] labels = new int[length];
    Arrays.fill(ids, BLANK);
    Arrays.fill(labels, LongTask.IGNORED);
    int slots = (length - 1) / 2; // each of two places
    int pairs = Math.min(MOST, slots / 2);
    int[] places = some(random, slots, pairs);
    int[] keys = some(random, KEYS, pairs);
    int asked = random.nextInt(pairs);
    for (int i = 0; i < pairs; i++) {
      int value = random.nextInt(VALUES);
      ids[2 * places[i]] = KEY + keys[i];
      ids[2 * places[i] + 1] = VALUE + value;
      if (i == asked) labels[length - 1] = value;
    }
    ids[length - 1] = KEY + keys[asked];
    return new LongTask.Example(ids, labels);
  }

  /** So many different numbers below {@code bound}, in an order by chance. */
  private static int[] some(SplittableRandom random, int bound, int count) {
    int[] all = new int[bound];
    for (int i = 0; i < bound; i++) all[i] = i;
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i, bound);
      int held = all[i];
      all[i] = all[other];
      all[other] = held;
    }
    return Arrays.copyOf(all, count);
  }
}
