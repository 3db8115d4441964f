package dev.heed.loss;

import dev.heed.tensor.Tensor;

/** −y log σ(z) − (1−y) log(1−σ(z)), for answers that don't exclude each other. */
public final class BinaryCrossEntropy {
  private BinaryCrossEntropy() {}

  /**
   * The loss of each logit: max(z, 0) − z·y + log(1 + e^−|z|).
   *
   * @param logits (…)
   * @param labels (…), between 0 and 1, of the logits' element type
   */
  public static Tensor each(Tensor logits, Tensor labels) {
    Tensor positive = logits.relu(); // (…)
    Tensor magnitude = positive.add(positive.sub(logits)); // |z|
    Tensor tail = magnitude.mul(-1).exp().add(1).log();
    return positive.sub(logits.mul(labels)).add(tail);
  }

  /** The mean over all logits. */
  public static Tensor mean(Tensor logits, Tensor labels) {
    return each(logits, labels).mean();
  }
}
