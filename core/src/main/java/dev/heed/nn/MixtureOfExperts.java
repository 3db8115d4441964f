package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A layer of which each token uses K of E gated feed-forward layers: Σ g_e(x) · expert_e(x) over
 * the K, g the softmax of the K greatest logits of x Wᵀ (Jiang et al. 2024, "Mixtral", section
 * 2.1).
 */
public final class MixtureOfExperts extends Module {
  private final Linear router;
  private final List<GatedFeedForward> experts;
  private final int choices;

  /**
   * @param experts E
   * @param choices K
   */
  public MixtureOfExperts(int model, int ffn, int experts, int choices, Activation activation) {
    Sizes.positive("experts", experts);
    Sizes.positive("experts for each token", choices);
    if (choices > experts)
      throw new IllegalArgumentException(
          "%d experts for each token are more than the %d that there are"
              .formatted(choices, experts));
    this.router = child("router", new Linear(model, experts, false));
    this.experts =
        children(
            "expert",
            IntStream.range(0, experts)
                .mapToObj(e -> new GatedFeedForward(model, ffn, activation, false, 0))
                .toList());
    this.choices = choices;
  }

  /**
   * @param logits of the router, (B·T, E): training needs them to balance the experts
   * @param values (B, T, D)
   */
  public record Answer(Tensor logits, Tensor values) {}

  /** (B, T, D) → (B, T, D). Shows the router's logits as {@code router_logits}. */
  public Answer forward(Tensor x) {
    Tensor tokens = x.reshape(-1, x.size(-1)); // (B·T, D)
    Tensor logits = show("router_logits", router.forward(tokens)); // (B·T, E)
    Routing routing = Routing.top(logits, choices, Routing.Gate.OF_CHOSEN, OptionalInt.empty());
    List<UnaryOperator<Tensor>> layers =
        experts.stream().map(expert -> (UnaryOperator<Tensor>) expert::forward).toList();
    return new Answer(logits, routing.combine(tokens, layers).view(x.shape()));
  }
}
