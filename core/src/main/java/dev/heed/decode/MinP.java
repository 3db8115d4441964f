package dev.heed.decode;

/** Tokens at least p times as probable as the most probable (Nguyen et al. 2024). */
record MinP(double p) implements Filter {
  @Override
  public Candidates apply(Candidates c) {
    double least = c.scores()[0] + Math.log(p);
    int count = 1;
    while (count < c.size() && c.scores()[count] >= least) count++;
    return c.first(count);
  }
}
