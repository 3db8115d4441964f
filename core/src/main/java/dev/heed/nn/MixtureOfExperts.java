package dev.heed.nn;

import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Experts among which a router, softmax(x Wᵀ) over E, shares out the tokens: Σ gₑ(x) · expertₑ(x)
 * over those that took the token, 0 if none did (Shazeer et al. 2017; Fedus et al. 2022, section
 * 2.1; Jiang et al. 2024, "Mixtral", section 2.1; {@link Routing} has who takes whom).
 */
public final class MixtureOfExperts extends ExpertLayer {
  /** What a router adds to the loss, by its logits (B, N, E) and which tokens are real. */
  public interface Cost {
    Tensor of(Tensor logits, Optional<Tensor> real);
  }

  /**
   * How tokens find experts.
   *
   * @param training the rule in training, where places may be few
   * @param evaluation the rule elsewhere
   * @param jitter in training the router sees its input times numbers from [1 − jitter, 1 + jitter]
   * @param cost empty if the model's own loss has it
   */
  public record Way(
      Routing.Rule training, Routing.Rule evaluation, double jitter, Optional<Cost> cost) {
    /** One rule throughout, and nothing else. */
    public static Way of(Routing.Rule rule) {
      return new Way(rule, rule, 0, Optional.empty());
    }
  }

  private final Linear router;
  private final Way way;

  /**
   * @param router D → E
   */
  public MixtureOfExperts(Linear router, List<? extends PositionWise> experts, Way way) {
    super(experts);
    this.router = child("router", router);
    this.way = way;
  }

  /**
   * @param logits of the router, (B, N, E)
   * @param values (B, N, D)
   */
  public record Answer(Tensor logits, Tensor values) {}

  /** (B, N, D) → (B, N, D), with what the router made of it. */
  public Answer answer(Tensor x, Optional<Tensor> real) {
    Tensor scores = router.forward(jittered(x)); // (B, N, E)
    boolean half = scores.dtype() == Dtype.BFLOAT16;
    Tensor logits = half ? scores.to(Dtype.FLOAT32) : scores; // Fedus et al. 2022, section 2.4
    Routing routing = (training() ? way.training() : way.evaluation()).route(logits, real);
    if (training()) way.cost().ifPresent(cost -> show("router_loss", () -> cost.of(logits, real)));
    show("router_entropy", () -> entropy(logits.detach(), real));
    show("router_dropped", () -> Tensor.of(new double[] {routing.dropped()}, 1));
    return new Answer(logits, answers(routing, x));
  }

  @Override
  public Tensor forward(Tensor x, Tokens tokens) {
    return answer(x, tokens.real().get()).values();
  }

  private static Tensor entropy(Tensor logits, Optional<Tensor> real) {
    Tensor logs = logits.logSoftmax(-1);
    Tensor each = logs.exp().mul(logs).sum(-1).mul(-1); // (B, N)
    return real.map(mask -> RouterLoss.mean(each, mask)).orElseGet(each::mean);
  }

  private Tensor jittered(Tensor x) {
    double jitter = way.jitter();
    if (!training() || jitter == 0) return x;
    return x.mul(Tensor.empty(x.dtype(), x.device(), x.shape()).uniform_(1 - jitter, 1 + jitter));
  }

  @Override
  public long computed(int tokens) {
    return way.evaluation().computed(tokens, size());
  }
}
