package dev.heed.decode;

import java.util.Arrays;

/** p ∝ p^(1/t): below 1 sharpens the distribution, above 1 flattens it (Ackley et al. 1985). */
record Temperature(double t) implements Filter {
  @Override
  public Candidates apply(Candidates c) {
    return new Candidates(c.tokens(), Arrays.stream(c.scores()).map(score -> score / t).toArray());
  }
}
