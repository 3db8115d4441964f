package dev.heed.decode;

/** The k most probable tokens (Fan et al. 2018, section 5). */
record TopK(int k) implements Filter {
  @Override
  public Candidates apply(Candidates c) {
    return c.first(k);
  }
}
