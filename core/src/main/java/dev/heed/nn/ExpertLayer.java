package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A feed-forward layer of E experts, of which each token reaches some. B batch, N tokens, D model.
 *
 * <p>Where each expert takes some tokens, {@code router_tokens} (E) shows how many. Routers that
 * learn show {@code router_entropy}, the mean entropy of a token's shares in nats, {@code
 * router_dropped}, the share of choices that found no place, and in training {@code router_loss}, a
 * scalar to add to the loss.
 */
public abstract class ExpertLayer extends FeedForwardLayer {
  final List<PositionWise> experts;

  ExpertLayer(List<? extends PositionWise> experts) {
    this.experts = List.copyOf(children("expert", List.copyOf(experts)));
  }

  /** How many vectors all experts together compute for a text of so many tokens. */
  public abstract long computed(int tokens);

  /** E. */
  public final int size() {
    return experts.size();
  }

  /** What the experts answer to the tokens that a routing gives them, (B, N, D). */
  final Tensor answers(Routing routing, Tensor x) {
    int[] load = routing.load();
    show("router_tokens", () -> Tensor.of(load, load.length));
    List<UnaryOperator<Tensor>> maps =
        experts.stream().map(expert -> (UnaryOperator<Tensor>) expert::forward).toList();
    return routing.combine(x.reshape(-1, x.size(-1)), maps).view(x.shape());
  }
}
