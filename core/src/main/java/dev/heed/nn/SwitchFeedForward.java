package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
    Tensor tokens = x.reshape(-1, x.size(2)); // (B·N, D)
    Tensor shares = logits.softmax(-1).amax(-1).reshape(-1, 1); // (B·N, 1)
    List<List<Integer>> places = places(logits.argmax(-1).toLongs(), (int) x.size(1));
    Tensor out = Tensor.zeros(x.dtype(), x.device(), tokens.shape()); // (B·N, D)
    for (int e = 0; e < experts.size(); e++) {
      int[] taken = places.get(e).stream().mapToInt(i -> i).toArray();
      if (taken.length == 0) continue;
      Tensor index = Tensor.of(taken, taken.length).to(x.device());
      Tensor answers = experts.get(e).forward(tokens.indexSelect(0, index)); // (n, D)
      Tensor gated = answers.mul(shares.indexSelect(0, index)).to(x.dtype());
      out.indexAdd_(0, index, gated, 1);
    }
    return out.view(x.shape()); // (B, N, D)
  }

  /** For each expert, the tokens that it takes. */
  private List<List<Integer>> places(long[] choices, int length) {
    List<List<Integer>> places = new ArrayList<>();
    for (int e = 0; e < experts.size(); e++) places.add(new ArrayList<>());
    int[] taken = new int[experts.size()];
    for (int i = 0; i < choices.length; i++) {
      if (i % length == 0) Arrays.fill(taken, 0); // a new sequence
      int choice = (int) choices[i];
      if (taken[choice]++ < capacity) places.get(choice).add(i);
    }
    return places;
  }

  private Tensor jittered(Tensor x) {
    if (!training() || jitter == 0) return x;
    return x.mul(Tensor.empty(x.dtype(), x.device(), x.shape()).uniform_(1 - jitter, 1 + jitter));
  }
}
