package dev.heed.decode;

/** What a hypothesis' log-probability is divided by, lest the shortest always win. */
public enum LengthPenalty {
  /** 1. */
  NONE {
    @Override
    public double of(int length, double alpha) {
      return 1;
    }
  },
  /** ((5 + |Y|) / 6)^alpha: Wu et al. 2016, equation 14, without coverage. */
  GNMT {
    @Override
    public double of(int length, double alpha) {
      return Math.pow((5 + length) / 6.0, alpha);
    }
  },
  /** |Y|^alpha; with alpha 1, the mean log-probability of a token. */
  PLAIN {
    @Override
    public double of(int length, double alpha) {
      return Math.pow(length, alpha);
    }
  };

  /**
   * The divisor for {@code length} generated tokens (at least 1), the end token among them. It
   * never falls with the length, as long as {@code alpha} is not negative.
   */
  public abstract double of(int length, double alpha);
}
