package dev.heed.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Pairs of segments, of which the second follows the first in its document or is of another (Devlin
 * et al. 2019, section 3.1 and appendix A.2; {@code create_pretraining_data} of its code):
 *
 * <pre>begin A end B end</pre>
 *
 * <p>Sentences are gathered until a pair is full. They are cut in two at a random sentence; in half
 * of the pairs, the second part is replaced by sentences of another document, and is gathered
 * again. One pair in ten is meant to be shorter, so that not all are of one length. The target of
 * an example is {follows, start}: 0 where B follows A, 1 where it is random, and the place of B's
 * first id.
 */
public final class SentencePairs {
  private static final double SHORT = 0.1;

  private final List<List<int[]>> documents;
  private final int room; // ids of A and B together
  private final int begin;
  private final int end;
  private final Random random;
  private final List<Example> pairs = new ArrayList<>();

  private SentencePairs(
      List<List<int[]>> documents, int context, int begin, int end, Random random) {
    this.documents = documents;
    this.room = context - 3;
    this.begin = begin;
    this.end = end;
    this.random = random;
  }

  /**
   * @param documents of sentences, none of them empty
   * @param context the most ids of a pair, at least 5
   * @throws IllegalArgumentException if there are fewer than two documents
   */
  public static List<Example> of(
      List<List<int[]>> documents, int context, int begin, int end, Random random) {
    if (documents.size() < 2)
      throw new IllegalArgumentException("pairs need two documents, or none is random");
    if (context < 5) throw new IllegalArgumentException("pairs need a context of 5 ids");
    SentencePairs pairs = new SentencePairs(documents, context, begin, end, random);
    for (int i = 0; i < documents.size(); i++) pairs.gather(i);
    return pairs.pairs;
  }

  /** The pairs of one document. */
  private void gather(int document) {
    List<int[]> sentences = documents.get(document);
    int wanted = wanted();
    List<int[]> chunk = new ArrayList<>();
    int size = 0;
    for (int i = 0; i < sentences.size(); i++) {
      chunk.add(sentences.get(i));
      size += sentences.get(i).length;
      if (i + 1 < sentences.size() && size < wanted) continue;
      int cut = chunk.size() < 2 ? 1 : 1 + random.nextInt(chunk.size() - 1);
      int[] first = joined(chunk.subList(0, cut));
      boolean other = chunk.size() == 1 || random.nextBoolean();
      int[] second =
          other
              ? elsewhere(document, wanted - first.length)
              : joined(chunk.subList(cut, chunk.size()));
      if (other) i -= chunk.size() - cut; // what wasn't used begins the next pair
      add(first, second, other);
      chunk.clear();
      size = 0;
      wanted = wanted();
    }
  }

  private int wanted() {
    return random.nextDouble() < SHORT ? 2 + random.nextInt(room - 1) : room;
  }

  /** Sentences in a row of a random other document, until so many ids are there. */
  private int[] elsewhere(int document, int wanted) {
    int other = (document + 1 + random.nextInt(documents.size() - 1)) % documents.size();
    List<int[]> sentences = documents.get(other);
    int from = random.nextInt(sentences.size());
    int to = from;
    for (int size = 0; to == from || (to < sentences.size() && size < wanted); to++)
      size += sentences.get(to).length;
    return joined(sentences.subList(from, to));
  }

  /** Cuts the longer side, at a random end each time, until both fit. */
  private void add(int[] first, int[] second, boolean other) {
    int[] a = first;
    int[] b = second;
    while (a.length + b.length > room)
      if (a.length > b.length) a = shorter(a);
      else b = shorter(b);
    int[] ids = new int[a.length + b.length + 3];
    ids[0] = begin;
    System.arraycopy(a, 0, ids, 1, a.length);
    ids[a.length + 1] = end;
    System.arraycopy(b, 0, ids, a.length + 2, b.length);
    ids[ids.length - 1] = end;
    pairs.add(new Example(ids, new int[] {other ? 1 : 0, a.length + 2}, pairs.size() + 1L));
  }

  private int[] shorter(int[] ids) {
    int from = random.nextBoolean() ? 1 : 0;
    return Arrays.copyOfRange(ids, from, from + ids.length - 1);
  }

  private static int[] joined(List<int[]> sentences) {
    return sentences.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
