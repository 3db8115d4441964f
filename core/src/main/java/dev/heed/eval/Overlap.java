package dev.heed.eval;

/**
 * What a prediction and its reference share, as counts of whatever is compared: n-grams, entities,
 * labels. Every quotient whose denominator is 0 is 0.
 *
 * @param correct how many are in both
 * @param predicted how many the prediction has
 * @param gold how many the reference has
 */
public record Overlap(long correct, long predicted, long gold) {
  public static final Overlap NOTHING = new Overlap(0, 0, 0);

  /** correct / predicted. */
  public double precision() {
    return predicted == 0 ? 0 : (double) correct / predicted;
  }

  /** correct / gold. */
  public double recall() {
    return gold == 0 ? 0 : (double) correct / gold;
  }

  /** 2PR / (P + R), the harmonic mean of precision and recall. */
  public double f1() {
    double sum = precision() + recall();
    return sum == 0 ? 0 : 2 * precision() * recall() / sum;
  }

  Overlap plus(Overlap other) {
    return new Overlap(correct + other.correct, predicted + other.predicted, gold + other.gold);
  }
}
