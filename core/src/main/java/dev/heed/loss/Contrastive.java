package dev.heed.loss;

import dev.heed.tensor.Tensor;

/**
 * Each image has to find its text among all of a batch, and each text its image (Radford et al.
 * 2021, figure 3): the mean of both cross entropies.
 */
public final class Contrastive {
  private Contrastive() {}

  /**
   * @param logits (B, B), of which the diagonal's belong together
   */
  public static Tensor mean(Tensor logits) {
    Tensor own = Tensor.arange(logits.size(0), logits.device()); // (B)
    Tensor columns = CrossEntropy.mean(logits.transpose(0, 1).contiguous(), own);
    return CrossEntropy.mean(logits, own).add(columns).mul(0.5);
  }
}
