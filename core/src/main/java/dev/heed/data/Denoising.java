package dev.heed.data;

import dev.heed.config.Doc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The ways in which BART's texts are damaged, to be restored (Lewis et al. 2020, section 2.2). The
 * defaults are those of the published model (section 4): text infilling and permuted sentences.
 */
public record Denoising(
    @Doc("share of the sentences that change places; they end at full stops") double permute,
    @Doc("share of the tokens that go in spans, each of which one mask replaces") double infill,
    @Doc("mean length of those spans, of a Poisson distribution; one of length 0 adds a mask")
        double length,
    @Doc("share of the tokens that a mask replaces, one by one") double mask,
    @Doc("share of the tokens that are deleted") double delete,
    @Doc("share of the texts that are rotated, to begin at a random token") double rotate) {

  public static final Denoising DEFAULT = new Denoising(1, 0.3, 3, 0, 0, 0);

  public Denoising {
    share("permute", permute);
    share("infill", infill);
    share("mask", mask);
    share("delete", delete);
    share("rotate", rotate);
    if (!(length >= 1 && length <= 100))
      throw new IllegalArgumentException("length must be from 1 to 100, not " + length);
    if (permute + infill + mask + delete + rotate == 0)
      throw new IllegalArgumentException(
          "one of permute, infill, mask, delete and rotate must be above 0, or nothing is damaged");
  }

  private static void share(String name, double value) {
    if (!(value >= 0 && value <= 1))
      throw new IllegalArgumentException(name + " must be from 0 to 1, not " + value);
  }

  /**
   * A text damaged in all these ways, in the order of the components; never longer than it was.
   *
   * @param maskId the id of the mask
   * @param fullStop which ids end a sentence
   */
  public int[] apply(int[] text, int maskId, IntPredicate fullStop, Random random) {
    int[] ids = permuted(text, fullStop, random);
    ids = infilled(ids, maskId, random);
    for (int i = 0; i < ids.length; i++) if (random.nextDouble() < mask) ids[i] = maskId;
    ids = Arrays.stream(ids).filter(id -> random.nextDouble() >= delete).toArray();
    return random.nextDouble() < rotate ? rotated(ids, random) : ids;
  }

  /** Sentence permutation: the chosen ones change places among themselves. */
  private int[] permuted(int[] ids, IntPredicate fullStop, Random random) {
    List<int[]> sentences = sentences(ids, fullStop);
    List<Integer> places = new ArrayList<>(IntStream.range(0, sentences.size()).boxed().toList());
    Collections.shuffle(places, random);
    places = places.subList(0, (int) Math.ceil(permute * places.size()));
    List<Integer> from = new ArrayList<>(places);
    Collections.shuffle(from, random);
    List<int[]> order = new ArrayList<>(sentences);
    for (int i = 0; i < places.size(); i++) order.set(places.get(i), sentences.get(from.get(i)));
    return order.stream().flatMapToInt(Arrays::stream).toArray();
  }

  /** A sentence ends behind the last of a row of full stops; the text's end ends one too. */
  static List<int[]> sentences(int[] ids, IntPredicate fullStop) {
    List<int[]> sentences = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= ids.length; i++)
      if (i == ids.length || (fullStop.test(ids[i - 1]) && !fullStop.test(ids[i]))) {
        sentences.add(Arrays.copyOfRange(ids, from, i));
        from = i;
      }
    return sentences;
  }

  /**
   * Text infilling: spans are drawn until the share is reached, which the last may be cut to, and
   * lie anywhere between the tokens that stay.
   */
  private int[] infilled(int[] ids, int maskId, Random random) {
    int budget = (int) Math.ceil(infill * ids.length);
    List<Integer> lengths = spans(budget, random);
    int[] gaps = new int[ids.length - budget + 1]; // spans before each token that stays
    for (int i = 0; i < lengths.size(); i++) gaps[random.nextInt(gaps.length)]++;
    IntStream.Builder out = IntStream.builder();
    int at = 0;
    int span = 0;
    for (int gap = 0; gap < gaps.length; gap++) {
      for (int i = 0; i < gaps[gap]; i++) {
        out.add(maskId);
        at += lengths.get(span++);
      }
      if (gap + 1 < gaps.length) out.add(ids[at++]);
    }
    return out.build().toArray();
  }

  /**
   * Lengths that sum to the budget, in random order. No more than the budget are kept, and those of
   * length 0 go first, so that a text doesn't grow.
   */
  List<Integer> spans(int budget, Random random) {
    List<Integer> lengths = new ArrayList<>();
    for (int left = budget; left > 0; left -= lengths.get(lengths.size() - 1))
      lengths.add(Math.min(left, poisson(random)));
    while (lengths.size() > budget) lengths.remove((Integer) 0);
    Collections.shuffle(lengths, random); // the one that was cut is as likely anywhere
    return lengths;
  }

  /** Knuth's: how many uniform numbers multiply to at least e^−λ. */
  private int poisson(Random random) {
    double limit = Math.exp(-length);
    int count = 0;
    for (double product = random.nextDouble(); product >= limit; product *= random.nextDouble())
      count++;
    return count;
  }

  /** Document rotation. */
  private static int[] rotated(int[] ids, Random random) {
    if (ids.length == 0) return ids;
    int first = random.nextInt(ids.length);
    return IntStream.range(0, ids.length).map(i -> ids[(first + i) % ids.length]).toArray();
  }
}
