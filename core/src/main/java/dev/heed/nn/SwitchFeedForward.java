package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Feed-forward layers of which each token takes one, y = p_e FFN_e(x) for e = argmax p, p =
 * softmax(W x) (Fedus et al. 2022, section 2.1). An expert takes so many tokens of a sequence, the
 * first that ask; for the rest y is 0.
 */
public final class SwitchFeedForward extends Module {
  private final Linear router;
  private final List<FeedForward> experts;
  private final int capacity;
  private final double jitter;

  /**
   * @param router D → E
   * @param capacity tokens of a sequence that an expert takes
   * @param jitter in training the router sees its input times numbers from [1 − jitter, 1 + jitter]
   */
  public SwitchFeedForward(Linear router, List<FeedForward> experts, int capacity, double jitter) {
    this.router = child("router", router);
    this.experts = children("expert", experts);
    this.capacity = capacity;
    this.jitter = jitter;
  }

  /** (B, N, D) → (B, N, D). Shows the router's logits (B, N, E) as {@code router_logits}. */
  public Tensor forward(Tensor x) {
    Tensor logits = show("router_logits", router.forward(jittered(x))); // (B, N, E)
    Routing routing = Routing.top(logits, 1, Routing.Gate.OF_ALL, OptionalInt.of(capacity));
    List<UnaryOperator<Tensor>> layers =
        experts.stream().map(expert -> (UnaryOperator<Tensor>) expert::forward).toList();
    return routing.combine(x.reshape(-1, x.size(2)), layers).view(x.shape()); // (B, N, D)
  }

  private Tensor jittered(Tensor x) {
    if (!training() || jitter == 0) return x;
    return x.mul(Tensor.empty(x.dtype(), x.device(), x.shape()).uniform_(1 - jitter, 1 + jitter));
  }
}
