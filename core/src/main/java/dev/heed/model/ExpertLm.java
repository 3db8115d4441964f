package dev.heed.model;

import dev.heed.attention.Pass;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * A decoder whose layers pick experts for each token. In training, a loss keeps the experts in
 * balance ({@code nn/RouterLoss}).
 */
public interface ExpertLm extends CausalLm {
  /**
   * @param hidden (B, T, D)
   * @param logits of each layer's router, (B·T, E)
   */
  record Routed(Tensor hidden, List<Tensor> logits) {}

  /** {@link #decode}, with what the routers made of it. */
  Routed route(Tensor ids, Pass pass);

  /** How many experts each token uses. */
  int choices();

  /** The weight of the balancing loss beside the cross-entropy. */
  double balance();

  @Override
  default Tensor decode(Tensor ids, Pass pass) {
    return route(ids, pass).hidden();
  }
}
