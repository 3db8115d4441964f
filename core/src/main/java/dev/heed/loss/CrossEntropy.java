package dev.heed.loss;

import dev.heed.tensor.Tensor;

/** −log softmax(z)[y] from logits that stand in memory: for a few classes, and to check others. */
public final class CrossEntropy {
  /** The label that doesn't count. */
  public static final int IGNORED = -100;

  private CrossEntropy() {}

  /**
   * The mean over the labels that count.
   *
   * @param logits (…, V)
   * @param labels INT64 (…), each below V or {@link #IGNORED}
   */
  public static Tensor mean(Tensor logits, Tensor labels) {
    Tensor counted = labels.ne(IGNORED).to(logits.dtype()).sum(); // ()
    return sums(logits, labels, 0).loss().div(counted);
  }

  /**
   * Sums over the labels that count, scalars.
   *
   * @param loss with the smoothing
   * @param nll Σ −log p[y]
   */
  public record Sums(Tensor loss, Tensor nll) {}

  /**
   * The same, summed, where ε of the probability is spread over all classes (Szegedy et al. 2016,
   * section 7).
   */
  public static Sums sums(Tensor logits, Tensor labels, double smoothing) {
    Tensor y = labels.reshape(-1); // (N)
    Tensor counts = y.ne(IGNORED).to(logits.dtype()); // (N)
    Tensor logP = logits.reshape(-1, logits.size(-1)).logSoftmax(-1); // (N, V)
    Tensor index = y.maskedFill(y.eq(IGNORED), 0).unsqueeze(1); // (N, 1)
    Tensor nll = logP.gather(1, index).squeeze(1).mul(counts).sum().mul(-1); // ()
    if (smoothing == 0) return new Sums(nll, nll);
    Tensor all = logP.sum(1).mul(counts).sum().mul(-smoothing / logits.size(-1)); // ()
    return new Sums(all.add(nll, 1 - smoothing), nll);
  }
}
