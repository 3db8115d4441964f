package dev.heed.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Documents' ids as examples of at most one length, the context. */
public final class Blocks {
  private Blocks() {}

  /**
   * Each id of a running text is to say the next one: the source is a block, the target one on.
   * What is left at the end is dropped.
   */
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
   * The same of documents, one after another. A document's last id says nothing, {@link
   * TokenBatch#IGNORED}, which is how {@link #positions} tells where the next begins; one that a
   * block's end cuts goes on in the next block as if it began there.
   */
  public static List<Example> packed(List<int[]> documents, int context) {
    int[] ids = documents.stream().flatMapToInt(Arrays::stream).toArray();
    int[] next = Arrays.copyOfRange(ids, 1, ids.length + 1);
    int end = 0;
    for (int[] document : documents) {
      end += document.length;
      next[end - 1] = TokenBatch.IGNORED;
    }
    List<Example> examples = new ArrayList<>();
    for (int from = 0; from < ids.length; from += context) {
      int to = Math.min(from + context, ids.length);
      int[] labels = Arrays.copyOfRange(next, from, to);
      if (Arrays.stream(labels).anyMatch(label -> label != TokenBatch.IGNORED))
        examples.add(new Example(Arrays.copyOfRange(ids, from, to), labels, examples.size() + 1L));
    }
    return examples;
  }

  /** Where each id of {@link #packed} blocks stands in its document, from 0: (B, T). */
  public static int[] positions(TokenBatch batch) {
    int[] positions = new int[batch.ids().length];
    for (int i = 0; i < positions.length; i++) {
      boolean first = i % batch.length() == 0 || batch.labels()[i - 1] == TokenBatch.IGNORED;
      positions[i] = first ? 0 : positions[i - 1] + 1;
    }
    return positions;
  }

  /**
   * Documents cut into blocks that are read as they are, source and target alike; noise and labels
   * are drawn later.
   *
   * @param least ids of a block: what is left of a document is dropped if it has fewer
   */
  public static List<Example> plain(List<int[]> documents, int context, int least) {
    List<Example> examples = new ArrayList<>();
    for (int[] ids : documents)
      for (int from = 0; from + least <= ids.length; from += context) {
        int[] block = Arrays.copyOfRange(ids, from, Math.min(from + context, ids.length));
        examples.add(new Example(block, block, examples.size() + 1L));
      }
    return examples;
  }

  /** Ids between those that frame a text, such as {@code [CLS]} and {@code [SEP]}. */
  public static int[] framed(int before, int[] ids, int after) {
    int[] framed = new int[ids.length + 2];
    framed[0] = before;
    System.arraycopy(ids, 0, framed, 1, ids.length);
    framed[ids.length + 1] = after;
    return framed;
  }
}
