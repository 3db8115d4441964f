package dev.heed.data;

import dev.heed.config.Doc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * T5's task (Raffel et al. 2020, section 3.1.4; {@code random_spans_noise_mask} of its code): spans
 * of a text are each replaced by a sentinel, and the target says what was behind each.
 *
 * <pre>
 * text    we met them at the old mill yesterday night
 * source  we met ⟨0⟩ the old mill ⟨1⟩ end
 * target  ⟨0⟩ them at ⟨1⟩ yesterday night end
 * </pre>
 *
 * <p>Spans that stay and spans that go take turns, as many of each, and the first one stays.
 */
public record SpanCorruption(
    @Doc("share of the tokens that are replaced") double density,
    @Doc("mean length of a replaced span, in tokens") double length) {

  public static final SpanCorruption DEFAULT = new SpanCorruption(0.15, 3);

  public SpanCorruption {
    if (!(density > 0 && density < 1))
      throw new IllegalArgumentException("density must be above 0 and below 1, not " + density);
    if (!(length >= 1))
      throw new IllegalArgumentException("length must be at least 1, not " + length);
  }

  /** The most tokens of a text whose source fits into {@code context}, its end token included. */
  public int tokens(int context) {
    int tokens = context;
    while (source(tokens + 1) <= context) tokens++;
    return tokens;
  }

  /** Tokens of the source that a long text of so many becomes, end token included. */
  private int source(int tokens) {
    return tokens - (int) Math.rint(tokens * density) + planned(tokens) + 1;
  }

  /** Tokens of the target that a text of so many becomes, end token included. */
  public int target(int tokens) {
    return noise(tokens) + spans(tokens) + 1;
  }

  /** Spans that the shares ask of so many tokens: none if they are few. */
  public int planned(int tokens) {
    return (int) Math.rint(Math.rint(tokens * density) / length);
  }

  /** Replaced tokens: at least one goes and one stays. */
  private int noise(int tokens) {
    return Math.min(Math.max((int) Math.rint(tokens * density), 1), tokens - 1);
  }

  /** Spans, at least one. Halves are rounded to the even neighbour, as NumPy does. */
  public int spans(int tokens) {
    int noise = noise(tokens);
    return Math.max((int) Math.rint(Math.min(noise, tokens - noise) / length), 1);
  }

  /**
   * Source and target of a text of at least two tokens.
   *
   * @param sentinel the id that stands for span 0, 1, …
   * @param end the id that ends both
   */
  public Example apply(Example text, IntUnaryOperator sentinel, int end, Random random) {
    int[] ids = text.source();
    int noise = noise(ids.length);
    int spans = spans(ids.length);
    int[] gone = segments(noise, spans, random);
    int[] stay = segments(ids.length - noise, spans, random);
    IntStream.Builder source = IntStream.builder();
    IntStream.Builder target = IntStream.builder();
    int at = 0;
    for (int span = 0; span < spans; span++) {
      for (int i = 0; i < stay[span]; i++) source.add(ids[at++]);
      source.add(sentinel.applyAsInt(span));
      target.add(sentinel.applyAsInt(span));
      for (int i = 0; i < gone[span]; i++) target.add(ids[at++]);
    }
    return new Example(
        source.add(end).build().toArray(), target.add(end).build().toArray(), text.number());
  }

  /** Cuts {@code items} in a row into so many segments, none empty; each way is as likely. */
  private static int[] segments(int items, int count, Random random) {
    List<Boolean> ends = new ArrayList<>(Collections.nCopies(items - 1, false));
    Collections.fill(ends.subList(0, count - 1), true);
    Collections.shuffle(ends, random);
    int[] lengths = new int[count];
    Arrays.fill(lengths, 1);
    int segment = 0;
    for (boolean end : ends) lengths[end ? ++segment : segment] += end ? 0 : 1;
    return lengths;
  }
}
