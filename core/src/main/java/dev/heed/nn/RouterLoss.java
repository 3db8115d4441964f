package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a router adds to a model's loss. <em>Balance</em>, for experts that are used unevenly: E ·
 * Σₑ fₑ · Pₑ, fₑ the choices of expert e for each token, Pₑ the mean of its probability (Fedus et
 * al. 2022, "Switch Transformers", eqs. 4 to 6). It is K when all are used alike; f is a count and
 * has no gradient. <em>z</em>, for logits that grow: log² Z, Z the sum that the softmax divides by
 * (Zoph et al. 2022, "ST-MoE", eq. 5, arXiv:2202.08906).
 *
 * <p>What f and P are taken over differs: the tokens of one layer in the paper, all tokens of all
 * layers in Mixtral, the tokens of each sequence by itself in Switch, the latter two as Hugging
 * Face has them.
 */
public final class RouterLoss {
  private RouterLoss() {}

  /**
   * Balance over each sequence by itself, where one expert is chosen (K = 1); the mean of them.
   *
   * @param logits (B, N, E)
   */
  public static Tensor balanceOfSequences(Tensor logits) {
    List<Tensor> each =
        Arrays.stream(logits.unbind(0))
            .map(sequence -> balance(List.of(sequence), 1, Optional.empty()).reshape(1))
            .toList();
    return Tensor.cat(0, each).mean();
  }

  /**
   * Balance over all layers together.
   *
   * @param logits of the router of each layer, (N, E)
   * @param choices K
   * @param real BOOL, N of them, which tokens count; empty if all do
   */
  public static Tensor balance(List<Tensor> logits, int choices, Optional<Tensor> real) {
    Tensor shares = Tensor.cat(0, logits).softmax(-1); // (L·N, E)
    Tensor counts =
        real.map(mask -> mask.reshape(1, -1).to(shares.dtype()).expand(logits.size(), -1))
            .orElseGet(() -> Tensor.full(1, shares.dtype(), shares.device(), shares.size(0)))
            .reshape(-1); // (L·N)
    Tensor total = counts.sum();
    Tensor chosen = shares.detach().topk(choices).indices().reshape(-1); // (L·N·K)
    Tensor f =
        Tensor.zeros(shares.dtype(), shares.device(), shares.size(1))
            .indexAdd_(0, chosen, counts.repeatInterleave(0, choices), 1); // (E)
    Tensor p = shares.mul(counts.unsqueeze(1)).sum(0); // (E)
    return f.mul(p).sum().div(total.mul(total)).mul(shares.size(1));
  }

  /**
   * z, the mean over tokens.
   *
   * @param logits (…, E)
   * @param real BOOL (…), which tokens count; empty if all do
   */
  public static Tensor z(Tensor logits, Optional<Tensor> real) {
    Tensor logZ = logits.logsumexp(-1); // (…)
    Tensor squares = logZ.mul(logZ);
    return real.map(mask -> mean(squares, mask)).orElseGet(squares::mean);
  }

  /** The mean of those values that count. */
  static Tensor mean(Tensor values, Tensor real) {
    Tensor counts = real.to(values.dtype());
    return values.mul(counts).sum().div(counts.sum());
  }
}
