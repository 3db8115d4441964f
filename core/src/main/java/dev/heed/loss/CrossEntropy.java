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
    Tensor y = labels.reshape(-1); // (N)
    Tensor counts = y.ne(IGNORED).to(logits.dtype()); // (N)
    Tensor logP = logits.reshape(-1, logits.size(-1)).logSoftmax(-1); // (N, V)
    Tensor index = y.maskedFill(y.eq(IGNORED), 0).unsqueeze(1); // (N, 1)
    Tensor nll = logP.gather(1, index).squeeze(1).mul(counts).sum(); // ()
    return nll.mul(-1).div(counts.sum());
  }
}
