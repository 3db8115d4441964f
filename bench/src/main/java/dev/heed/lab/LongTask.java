package dev.heed.lab;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Tasks whose answer hangs on tokens far from each other, made by chance. */
public enum LongTask {
  LISTOPS(new ListOps()),
  COPY(new Copying()),
  RECALL(new Recall()),
  PATHFINDER(new Pathfinder());

  /** The label that doesn't count. */
  static final int IGNORED = -100;

  private final Generator generator;

  LongTask(Generator generator) {
    this.generator = generator;
  }

  /** Makes examples. */
  interface Generator {
    /** How many ids there are; 0 fills up. */
    int vocabulary();

    /** How many labels. */
    int classes();

    /** Whether tokens have labels, or the sequence has one. */
    boolean perToken();

    /**
     * An example of so many tokens, padding with them.
     *
     * @throws dev.heed.config.UserError if there is none of this length
     */
    Example draw(SplittableRandom random, int length);
  }

  /**
   * @param ids of tokens, 0 at the end where there are fewer
   * @param labels one, or one for each token, of which {@link #IGNORED} doesn't count
   */
  record Example(int[] ids, int[] labels) {
    /** Tokens without padding. */
    int length() {
      int length = ids.length;
      while (length > 0 && ids[length - 1] == 0) length--;
      return length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Example o
          && Arrays.equals(ids, o.ids)
          && Arrays.equals(labels, o.labels);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(ids) + Arrays.hashCode(labels);
    }

    @Override
    public String toString() {
      return Arrays.toString(ids) + " → " + Arrays.toString(labels);
    }
  }

  Generator generator() {
    return generator;
  }
}
