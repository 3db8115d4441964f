package dev.heed.decode;

/** What changes or narrows the distribution that the next token is drawn from. */
interface Filter {
  /** At least one candidate is left of one or more. */
  Candidates apply(Candidates candidates);
}
