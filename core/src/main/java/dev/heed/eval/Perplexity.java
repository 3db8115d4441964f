package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;

/**
 * How surprised a language model is by a text: the exponential of its mean negative log-likelihood.
 * Sums are kept, so that it is over the whole corpus and not a mean over sentences or batches.
 *
 * @param nll −Σ ln p over the tokens, in nats
 * @param tokens how many tokens were predicted
 */
public record Perplexity(double nll, long tokens) {
  /** Of no text yet. */
  public static final Perplexity EMPTY = new Perplexity(0, 0);

  public Perplexity plus(double nll, long tokens) {
    return new Perplexity(this.nll + nll, this.tokens + tokens);
  }

  /** exp(nll / tokens): depends on the tokenizer. */
  public double perplexity() {
    return Math.exp(nll / positive(tokens, "tokens"));
  }

  /** exp(nll / words): comparable across tokenizers, given the same count of words. */
  public double wordPerplexity(long words) {
    return Math.exp(nll / positive(words, "words"));
  }

  /** nll / (bytes · ln 2): comparable across tokenizers. */
  public double bitsPerByte(long bytes) {
    return nll / (positive(bytes, "bytes") * Math.log(2));
  }

  private static long positive(long count, String unit) {
    if (count < 1) {
      throw new UserError(
          "The text has %d %s, and no perplexity: give one of at least 1.".formatted(count, unit));
    }
    return count;
  }

  /**
   * A stretch of a text that is too long for the model.
   *
   * @param start the first token the model is given
   * @param end one past the last
   * @param firstTarget the first token whose probability counts; those from {@code start} to it are
   *     context, as an earlier window has scored them
   */
  public record Window(int start, int end, int firstTarget) {}

  /**
   * Windows in which each token but the text's first is scored once.
   *
   * @param length the text, in tokens
   * @param window the most tokens the model takes
   * @param stride from the start of one window to the next; shorter gives more context, and takes
   *     more windows
   * @throws UserError if the text is empty or the stride is not in [1, window]
   */
  public static List<Window> windows(int length, int window, int stride) {
    positive(length, "tokens");
    if (stride < 1 || stride > window) {
      throw new UserError(
          "The stride is %d and the window %d tokens: give a stride from 1 to the window."
              .formatted(stride, window));
    }
    var windows = new ArrayList<Window>();
    int scored = 1;
    for (int start = 0; ; start += stride) {
      int end = (int) Math.min((long) start + window, length);
      windows.add(new Window(start, end, scored));
      if (end == length) return windows;
      scored = end;
    }
  }
}
