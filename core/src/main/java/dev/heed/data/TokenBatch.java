package dev.heed.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Texts as rows of ids, padded on the right to the longest, with the labels of each.
 *
 * @param rows B
 * @param length T, the longest text
 * @param ids (B, T)
 * @param segments (B, T) which of two texts an id is of
 * @param lengths (B) real ids of each row
 * @param labelLength labels of a row: 1 of a text, T of its tokens, 2 of an answer in it
 * @param labels (B, labelLength), {@link #IGNORED} where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
public record TokenBatch(
    int rows, int length, int[] ids, int[] segments, int[] lengths, int labelLength, int[] labels) {
  /** The label of what isn't to be learned. */
  public static final int IGNORED = -100;

  /**
   * Pads examples of one text each, whose targets are their labels.
   *
   * @param pad the id that fills short rows
   */
  public static TokenBatch of(List<Example> examples, int pad) {
    return of(examples, pad, example -> new int[example.source().length]);
  }

  /**
   * Pads examples, whose targets are their labels.
   *
   * @param segments of an example's source, 0 or 1 for each id
   */
  public static TokenBatch of(List<Example> examples, int pad, Function<Example, int[]> segments) {
    int b = examples.size();
    int[] lengths = examples.stream().mapToInt(e -> e.source().length).toArray();
    int t = Arrays.stream(lengths).max().orElseThrow();
    int l = examples.stream().mapToInt(e -> e.target().length).max().orElseThrow();
    int[] ids = new int[b * t]; // (B, T)
    int[] texts = new int[b * t]; // (B, T)
    int[] labels = new int[b * l]; // (B, L)
    Arrays.fill(ids, pad);
    Arrays.fill(labels, IGNORED);
    for (int i = 0; i < b; i++) {
      Example example = examples.get(i);
      System.arraycopy(example.source(), 0, ids, i * t, lengths[i]);
      System.arraycopy(segments.apply(example), 0, texts, i * t, lengths[i]);
      System.arraycopy(example.target(), 0, labels, i * l, example.target().length);
    }
    return new TokenBatch(b, t, ids, texts, lengths, l, labels);
  }

  /**
   * The labels as numbers, where they are such: bits of floats ({@link Float#floatToIntBits}), of
   * which {@link #IGNORED} is none.
   */
  public float[] numbers() {
    float[] numbers = new float[labels.length];
    for (int i = 0; i < labels.length; i++) numbers[i] = Float.intBitsToFloat(labels[i]);
    return numbers;
  }

  /** How many labels count. */
  public long labelled() {
    return Arrays.stream(labels).filter(label -> label != IGNORED).count();
  }

  /** Which ids are real, (B, T). */
  public boolean[] real() {
    boolean[] real = new boolean[ids.length];
    for (int i = 0; i < rows; i++) Arrays.fill(real, i * length, i * length + lengths[i], true);
    return real;
  }
}
