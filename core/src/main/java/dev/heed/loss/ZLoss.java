package dev.heed.loss;

import dev.heed.tensor.Tensor;

/**
 * log² Z, Z the sum that the softmax divides by: added with a small factor (10⁻⁴ to 10⁻³), it keeps
 * logits from drifting, those of the output (Chowdhery et al. 2022, "PaLM", §5, arXiv:2204.02311)
 * and those of routers (Zoph et al. 2022, "ST-MoE", eq. 5, arXiv:2202.08906).
 */
public final class ZLoss {
  private ZLoss() {}

  /**
   * The mean over all of a router's logits.
   *
   * @param logits (…, E)
   */
  public static Tensor mean(Tensor logits) {
    Tensor logZ = logits.logsumexp(-1); // (…)
    return logZ.mul(logZ).mean();
  }

  /**
   * The mean over the labels that count.
   *
   * @param logits (…, V)
   * @param labels INT64 (…), {@link CrossEntropy#IGNORED} where they don't count
   */
  public static Tensor mean(Tensor logits, Tensor labels) {
    Tensor counts = labels.ne(CrossEntropy.IGNORED).to(logits.dtype()); // (…)
    Tensor logZ = logits.logsumexp(-1); // (…)
    return logZ.mul(logZ).mul(counts).sum().div(counts.sum());
  }
}
