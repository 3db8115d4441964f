package dev.heed.loss;

import dev.heed.tensor.Tensor;

/**
 * What a sparse model's routers add to its loss, from their logits (B, N, E) for N tokens of a
 * sequence and E experts.
 */
public final class RouterLoss {
  private RouterLoss() {}

  /** The mean of (ln Σ eˡ)², which keeps logits small (Zoph et al. 2022, "ST-MoE", eq. 5). */
  public static Tensor z(Tensor logits) {
    Tensor z = logits.logsumexp(-1); // (B, N)
    return z.mul(z).mean();
  }

  /**
   * E · Σₑ fₑ Pₑ, the mean over sequences, which is least where all experts are used alike (Fedus
   * et al. 2022, eqs. 4 to 6, without α): f the share of tokens that choose an expert, which has no
   * gradient, and P its mean probability.
   */
  public static Tensor balance(Tensor logits) {
    long experts = logits.size(2);
    double perToken = 1.0 / logits.size(1);
    Tensor choices = logits.argmax(-1).unsqueeze(2); // (B, N, 1)
    Tensor chosen = choices.sub(Tensor.arange(experts, logits.device())).eq(0); // (B, N, E)
    Tensor f = chosen.to(logits.dtype()).sum(1).mul(perToken); // (B, E)
    Tensor p = logits.softmax(-1).sum(1).mul(perToken); // (B, E)
    return f.mul(p).mean().mul((double) experts * experts);
  }
}
