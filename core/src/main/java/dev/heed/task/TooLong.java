package dev.heed.task;

/** What becomes of a text with more tokens than the model takes. */
public enum TooLong {
  /** A {@link dev.heed.config.UserError} that names it. */
  FAIL,
  /** The tokens at its end are left out, and the result says so. */
  CUT
}
