package dev.heed.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A running text's ids as examples of one length; what is left at its end is dropped. */
public final class Blocks {
  private Blocks() {}

  /** Each id of a block is to say the next one: the source is the block, the target one on. */
  public static List<Example> causal(int[] ids, int context) {
    List<Example> examples = new ArrayList<>();
    for (int from = 0; from + context + 1 <= ids.length; from += context)
      examples.add(
          new Example(
              Arrays.copyOfRange(ids, from, from + context),
              Arrays.copyOfRange(ids, from + 1, from + context + 1),
              examples.size() + 1L));
    return examples;
  }

  /**
   * Blocks that are read as they are, between what frames a text; their labels are drawn later.
   *
   * @param before ids that a text begins with, such as {@code [CLS]}
   * @param after those that it ends with
   */
  public static List<Example> framed(int[] ids, int context, int[] before, int[] after) {
    int inner = context - before.length - after.length;
    List<Example> examples = new ArrayList<>();
    for (int from = 0; inner > 0 && from + inner <= ids.length; from += inner) {
      int[] block = new int[context];
      System.arraycopy(before, 0, block, 0, before.length);
      System.arraycopy(ids, from, block, before.length, inner);
      System.arraycopy(after, 0, block, before.length + inner, after.length);
      examples.add(new Example(block, block, examples.size() + 1L));
    }
    return examples;
  }
}
