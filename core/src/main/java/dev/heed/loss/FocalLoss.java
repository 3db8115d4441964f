package dev.heed.loss;

import dev.heed.tensor.Tensor;

/**
 * Cross-entropy that looks away from what is easy (Lin et al. 2017, "Focal Loss for Dense Object
 * Detection", eq. 5, arXiv:1708.02002): with p the probability of the right class,
 *
 * <pre>FL = −α (1 − p)^γ log p</pre>
 *
 * @param gamma γ, at least 0, which makes it the weighted cross-entropy; 2 in the paper
 */
public record FocalLoss(double gamma) {
  /**
   * @throws IllegalArgumentException if gamma is negative or no number
   */
  public FocalLoss {
    if (!(gamma >= 0 && Double.isFinite(gamma)))
      throw new IllegalArgumentException("gamma must be at least 0, not " + gamma);
  }

  /**
   * For classes that exclude each other: the mean over the labels that count.
   *
   * @param logits (…, V), V at least 2
   * @param labels INT64 (…), {@link CrossEntropy#IGNORED} where they don't count
   * @param alpha (V), the weight of each class
   */
  public Tensor mean(Tensor logits, Tensor labels, Tensor alpha) {
    long classes = logits.size(-1);
    Tensor z = logits.reshape(-1, classes); // (N, V)
    Tensor y = labels.reshape(-1); // (N)
    Tensor counts = y.ne(CrossEntropy.IGNORED).to(z.dtype()); // (N)
    Tensor index = y.maskedFill(y.eq(CrossEntropy.IGNORED), 0).unsqueeze(1); // (N, 1)
    Tensor logZ = z.logsumexp(-1); // (N)
    Tensor logP = z.gather(1, index).squeeze(1).sub(logZ); // (N)
    // log(1 − p) from the other classes: 1 − p itself rounds to 0 where the model is sure.
    Tensor right = index.sub(Tensor.arange(classes, z.device())).eq(0); // (N, V)
    Tensor logQ = z.maskedFill(right, Double.NEGATIVE_INFINITY).logsumexp(-1).sub(logZ); // (N)
    Tensor weight = alpha.indexSelect(0, index.squeeze(1)).mul(counts); // (N)
    return weight.mul(logQ.mul(gamma).exp()).mul(logP).sum().mul(-1).div(counts.sum());
  }

  /**
   * For answers that don't exclude each other: the mean over all logits.
   *
   * @param logits (…)
   * @param labels (…), 0 or 1, of the logits' element type
   * @param alpha the weight of label 1, in [0, 1]; label 0 has 1 − alpha; 0.25 in the paper
   */
  public Tensor binary(Tensor logits, Tensor labels, double alpha) {
    Tensor others = labels.mul(-1).add(1); // (…) = 1 − y
    Tensor logP = BinaryCrossEntropy.each(logits, labels).mul(-1); // (…)
    Tensor logQ = BinaryCrossEntropy.each(logits, others).mul(-1); // (…) = log(1 − p)
    Tensor weight = labels.mul(alpha).add(others, 1 - alpha); // (…)
    return weight.mul(logQ.mul(gamma).exp()).mul(logP).mean().mul(-1);
  }
}
