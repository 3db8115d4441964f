package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Several feed-forward layers, of which each token reaches some. A text's tokens are a group:
 * capacities are shares of its length, and no text takes another's places. Capacity binds in
 * training alone; elsewhere no token is dropped, so that writing token by token gives what a pass
 * over the whole gives.
 */
record Experts(
    @Doc("E: how many") int experts,
    @Doc(
            "who takes whom: `top_k` and `switch` by a learned router, tokens choosing; `expert_choice`,"
                + " experts choosing; `hash` by token id; `soft` mixtures of tokens")
        Way routing,
    @Doc("K of `top_k`: experts of a token; 0 = 2") int k,
    @Doc(
            "places of an expert, as a multiple of an even share of the tokens' choices, at least 1; 0 ="
                + " none short (`top_k`), 1.25 (`switch`), 2 (`expert_choice`, where it is the"
                + " experts of an average token)")
        double capacity,
    @Doc("slots of each expert of `soft`; 0 = 1") int slots,
    @Doc("weight of the loss that balances experts, of `top_k` and `switch`") double balance,
    @Doc("weight of the loss that keeps logits small, of these and `expert_choice`") double z,
    @Doc("the experts: `dense`, `gated` or `low_rank`") Kind of,
    @Doc("of so many layers the last has experts, and the others are what these are") int every)
    implements FeedForwardKind {

  /** How tokens and experts come together. */
  enum Way {
    /** {@link Routing.Top} with the gates of the chosen (Lepikhin et al. 2021; Mixtral). */
    TOP_K,
    /** {@link Routing.Top} of one (Fedus et al. 2022). */
    SWITCH,
    /** {@link Routing.ByExperts} (Zhou et al. 2022). */
    EXPERT_CHOICE,
    /** {@link HashExperts} (Roller et al. 2021). */
    HASH,
    /** {@link SoftExperts} (Puigcerver et al. 2023). */
    SOFT;

    /** Whether what a token gets hangs on all tokens of its text. */
    private boolean mixes() {
      return this == EXPERT_CHOICE || this == SOFT;
    }

    private String key() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  Experts {
    Sizes.positive("experts", experts);
    Sizes.positive("every", every);
    boolean one = k == 1 && (routing == Way.SWITCH || routing == Way.HASH);
    if (k != 0 && routing != Way.TOP_K && !one)
      throw new IllegalArgumentException(
          "k (%d) is for routing top_k, not %s".formatted(k, routing.key()));
    if (k < 0) throw new IllegalArgumentException("k must be at least 1, not " + k);
    if (k > experts)
      throw new IllegalArgumentException(
          "k (%d) must be at most experts (%d)".formatted(k, experts));
    if (capacity != 0 && !(capacity >= 1))
      throw new IllegalArgumentException("capacity must be at least 1, not " + capacity);
    if (capacity != 0 && (routing == Way.HASH || routing == Way.SOFT))
      throw new IllegalArgumentException(
          "capacity is for routing top_k, switch and expert_choice, not " + routing.key());
    if (capacity > experts)
      throw new IllegalArgumentException(
          "capacity (%s) must be at most experts (%d), with which one could take all"
              .formatted(capacity, experts));
    if (slots != 0 && routing != Way.SOFT)
      throw new IllegalArgumentException(
          "slots (%d) is for routing soft, not %s".formatted(slots, routing.key()));
    if (slots < 0) throw new IllegalArgumentException("slots must be at least 1, not " + slots);
    if (!(balance >= 0))
      throw new IllegalArgumentException("balance must be at least 0, not " + balance);
    if (!(z >= 0)) throw new IllegalArgumentException("z must be at least 0, not " + z);
  }

  @Override
  public IntFunction<FeedForwardLayer> stack(FeedForwards.Place place, int layers) {
    if (place.causal() && routing.mixes())
      throw new UserError(
          "feedForward experts with routing %s mixes all tokens of a text, which a decoder mustn't: give decoderFeedForward another, such as dense"
              .formatted(routing.key()));
    if (every > layers)
      throw new IllegalArgumentException(
          "every (%d) must be at most the stack's layers (%d)".formatted(every, layers));
    return i -> (i + 1) % every == 0 ? layer(place) : FeedForwards.positionWise(of, place);
  }

  private ExpertLayer layer(FeedForwards.Place place) {
    List<PositionWise> parts =
        IntStream.range(0, experts).mapToObj(e -> FeedForwards.positionWise(of, place)).toList();
    return switch (routing) {
      case TOP_K -> top(Math.min(experts, k == 0 ? 2 : k), Routing.Gate.OF_CHOSEN, place, parts);
      case SWITCH -> top(1, Routing.Gate.OF_ALL, place, parts);
      case EXPERT_CHOICE -> {
        var rule = new Routing.ByExperts(places(capacity == 0 ? Math.min(2, experts) : capacity));
        yield routed(new MixtureOfExperts.Way(rule, rule, 0, cost(0, 1)), place, parts);
      }
      case HASH -> new HashExperts(parts);
      case SOFT -> new SoftExperts(place.d(), parts, Math.max(1, slots));
    };
  }

  private ExpertLayer top(
      int choices, Routing.Gate gate, FeedForwards.Place place, List<PositionWise> parts) {
    var free = Routing.Top.unbounded(choices, gate);
    double factor = capacity == 0 && routing == Way.SWITCH ? Math.min(1.25, experts) : capacity;
    var order = place.causal() ? Routing.Order.TOKENS : Routing.Order.CHOICES;
    var training =
        factor == 0 ? free : new Routing.Top(choices, gate, order, places(factor * choices));
    return routed(
        new MixtureOfExperts.Way(training, free, 0, cost(balance, choices)), place, parts);
  }

  private ExpertLayer routed(
      MixtureOfExperts.Way way, FeedForwards.Place place, List<PositionWise> parts) {
    return new MixtureOfExperts(new Linear(place.d(), experts, false), parts, way);
  }

  /** ⌈c·n/E⌉ of n tokens (Fedus et al. 2022, eq. 3). */
  private IntUnaryOperator places(double c) {
    return n -> (int) Math.ceil(c * n / experts);
  }

  private Optional<MixtureOfExperts.Cost> cost(double balance, int choices) {
    if (balance == 0 && z == 0) return Optional.empty();
    return Optional.of(
        (logits, real) -> {
          Tensor each = logits.reshape(-1, experts); // (B·N, E)
          Tensor small = RouterLoss.z(logits, real).mul(z);
          return balance == 0
              ? small
              : small.add(RouterLoss.balance(List.of(each), choices, real), balance);
        });
  }
}
