package dev.heed.decode;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Tokens that may come next, at least one.
 *
 * @param scores logarithms of their probabilities up to a constant, largest first unless a filter
 *     says otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Candidates(int[] tokens, double[] scores) {
  int size() {
    return tokens.length;
  }

  /** The first {@code count}. */
  Candidates first(int count) {
    return count >= size()
        ? this
        : new Candidates(Arrays.copyOf(tokens, count), Arrays.copyOf(scores, count));
  }

  /** Softmax of the scores. */
  double[] probabilities() {
    double max = Arrays.stream(scores).max().orElseThrow();
    double[] p = Arrays.stream(scores).map(score -> Math.exp(score - max)).toArray();
    double sum = Arrays.stream(p).sum();
    for (int i = 0; i < p.length; i++) p[i] /= sum;
    return p;
  }

  /** The fewest of the first whose probabilities add up to {@code mass} or more. */
  Candidates upTo(double mass) {
    double[] p = probabilities();
    int count = 0;
    for (double before = 0; count < size() && (count == 0 || before < mass); count++)
      before += p[count];
    return first(count);
  }

  /** The place of a token drawn by its probability. */
  int draw(SplittableRandom random) {
    double[] p = probabilities();
    double left = random.nextDouble();
    int place = 0;
    while (place + 1 < p.length && left >= p[place]) left -= p[place++];
    return place;
  }
}
