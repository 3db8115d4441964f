package dev.heed.decode;

/**
 * Nucleus sampling (Holtzman et al. 2020, section 3.1): the fewest most probable tokens whose
 * probabilities add up to p or more.
 */
record TopP(double p) implements Filter {
  @Override
  public Candidates apply(Candidates c) {
    return c.upTo(p);
  }
}
