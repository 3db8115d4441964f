package dev.heed.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A batch as rows of ids, padded on the right to the longest and laid one after another. What is
 * padding is said by the lengths, not by the pad id: some models pad with an id that also stands
 * for something.
 *
 * @param rows B
 * @param sourceLength S, the longest source
 * @param targetLength T, the longest target
 * @param source (B, S)
 * @param decoderInput (B, T): the start id, then the target without its last id
 * @param labels (B, T): the target; position t is what the decoder should say after reading {@code
 *     decoderInput} up to and including t; {@link TokenBatch#IGNORED} behind the target's end
 * @param sourceLengths (B) real ids of each row of {@code source}
 * @param targetLengths (B) real ids of each row of {@code decoderInput} and {@code labels}
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
public record IdBatch(
    int rows,
    int sourceLength,
    int targetLength,
    int[] source,
    int[] decoderInput,
    int[] labels,
    int[] sourceLengths,
    int[] targetLengths) {

  /**
   * Pads examples.
   *
   * @param pad the id that fills short rows
   * @param start the id that the decoder starts from
   * @throws IllegalArgumentException if there is no example
   */
  public static IdBatch of(List<Example> examples, int pad, int start) {
    return of(examples, pad, target -> start);
  }

  /**
   * As above.
   *
   * @param start the id that the decoder starts from, for a target: mBART's starts from the
   *     target's last
   */
  public static IdBatch of(List<Example> examples, int pad, ToIntFunction<int[]> start) {
    if (examples.isEmpty()) throw new IllegalArgumentException("a batch needs an example");
    int[] sourceLengths = examples.stream().mapToInt(e -> e.source().length).toArray();
    int[] targetLengths = examples.stream().mapToInt(e -> e.target().length).toArray();
    int b = examples.size();
    int s = Arrays.stream(sourceLengths).max().getAsInt();
    int t = Arrays.stream(targetLengths).max().getAsInt();
    int[] source = filled(b * s, pad); // (B, S)
    int[] decoderInput = filled(b * t, pad); // (B, T)
    int[] labels = filled(b * t, TokenBatch.IGNORED); // (B, T)
    for (int i = 0; i < b; i++) {
      Example example = examples.get(i);
      System.arraycopy(example.source(), 0, source, i * s, sourceLengths[i]);
      System.arraycopy(example.target(), 0, labels, i * t, targetLengths[i]);
      decoderInput[i * t] = start.applyAsInt(example.target());
      System.arraycopy(example.target(), 0, decoderInput, i * t + 1, targetLengths[i] - 1);
    }
    return new IdBatch(b, s, t, source, decoderInput, labels, sourceLengths, targetLengths);
  }

  /** Which ids of the source are real, (B, S). */
  public boolean[] sourceReal() {
    boolean[] real = new boolean[source.length];
    for (int i = 0; i < rows; i++)
      Arrays.fill(real, i * sourceLength, i * sourceLength + sourceLengths[i], true);
    return real;
  }

  /** Labels that count. */
  public long labelled() {
    return Arrays.stream(labels).filter(label -> label != TokenBatch.IGNORED).count();
  }

  /** Real source tokens: what is left of B × S without padding. */
  public int sourceTokens() {
    return Arrays.stream(sourceLengths).sum();
  }

  /** Real target tokens: what is left of B × T without padding. */
  public int targetTokens() {
    return Arrays.stream(targetLengths).sum();
  }

  private static int[] filled(int size, int value) {
    int[] array = new int[size];
    Arrays.fill(array, value);
    return array;
  }
}
