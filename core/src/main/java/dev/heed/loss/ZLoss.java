package dev.heed.loss;

import dev.heed.nn.RouterLoss;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * log² Z, Z the sum that the softmax divides by: added with a small factor (10⁻⁴ to 10⁻³), it keeps
 * the output's logits from drifting (Chowdhery et al. 2022, "PaLM", §5, arXiv:2204.02311); those of
 * routers have it too, {@link RouterLoss#z}.
 */
public final class ZLoss {
  private ZLoss() {}

  /**
   * The mean over the labels that count.
   *
   * @param logits (…, V)
   * @param labels INT64 (…), {@link CrossEntropy#IGNORED} where they don't count
   */
  public static Tensor mean(Tensor logits, Tensor labels) {
    return RouterLoss.z(logits, Optional.of(labels.ne(CrossEntropy.IGNORED)));
  }
}
