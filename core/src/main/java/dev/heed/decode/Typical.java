package dev.heed.decode;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Locally typical sampling (Meister et al. 2023, section 4.2): the tokens whose surprise −log p is
 * nearest to the entropy H = −Σ p log p, the fewest whose probabilities add up to {@code mass} or
 * more. They are left in the order of that distance.
 */
record Typical(double mass) implements Filter {
  @Override
  public Candidates apply(Candidates c) {
    double[] p = c.probabilities();
    double entropy = IntStream.range(0, p.length).mapToDouble(i -> -plogp(p[i])).sum();
    int[] order =
        IntStream.range(0, p.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> Math.abs(-Math.log(p[i]) - entropy)))
            .mapToInt(i -> i)
            .toArray();
    return new Candidates(
            IntStream.of(order).map(i -> c.tokens()[i]).toArray(),
            IntStream.of(order).mapToDouble(i -> c.scores()[i]).toArray())
        .upTo(mass);
  }

  private static double plogp(double p) {
    return p == 0 ? 0 : p * Math.log(p);
  }
}
