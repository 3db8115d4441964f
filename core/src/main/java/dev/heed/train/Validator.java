package dev.heed.train;

/** How good the model is now, on data it doesn't train on. */
public interface Validator {
  /**
   * @param loss mean loss of a token, as in training but without dropout
   * @param perplexity exp of the mean negative log-likelihood
   * @param quality the task's own measure, higher is better; NaN if not measured
   */
  record Result(double loss, double perplexity, double quality) {}

  Result validate();
}
