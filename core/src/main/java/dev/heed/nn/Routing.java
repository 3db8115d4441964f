package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Which experts take which tokens, and how much each answer counts (Shazeer et al. 2017). Places
 * and capacities are those of a group of tokens, such as a sequence; padding asks for none. G
 * groups, N tokens of each, E experts.
 */
public final class Routing {
  /** What an answer is multiplied by. */
  public enum Gate {
    /** The expert's share among all, softmax over E (Fedus et al. 2022, eq. 2). */
    OF_ALL,
    /** Its share among the K (Lepikhin et al. 2021; Jiang et al. 2024, section 2.1). */
    OF_CHOSEN
  }

  /** Who comes first where places are few. */
  public enum Order {
    /** First choices before second ones, then by token (Lepikhin et al. 2021, algorithm 1). */
    CHOICES,
    /** By token, so that none takes a place from one before it: what a decoder needs. */
    TOKENS
  }

  /** From router logits to a routing. */
  public interface Rule {
    /**
     * @param logits (G, N, E)
     * @param real BOOL (G, N); empty if all tokens are real
     */
    Routing route(Tensor logits, Optional<Tensor> real);

    /** How many tokens all experts together take of so many of a group, if none is dropped. */
    long computed(int tokens, int experts);
  }

  private final Tensor gates; // of each (token, choice)
  private final int choices; // of a token
  private final List<int[]> taken; // [expert] = places among the gates
  private final int asked;

  private Routing(Tensor gates, int choices, List<int[]> taken, int asked) {
    this.gates = gates;
    this.choices = choices;
    this.taken = taken;
    this.asked = asked;
  }

  /**
   * Each token picks K experts.
   *
   * @param choices K
   * @param capacity of the number of a group's real tokens: places of each expert
   */
  public record Top(int choices, Gate gate, Order order, IntUnaryOperator capacity)
      implements Rule {
    /** As many places as are asked for. */
    public static Top unbounded(int choices, Gate gate) {
      return new Top(choices, gate, Order.TOKENS, tokens -> Integer.MAX_VALUE);
    }

    @Override
    public long computed(int tokens, int experts) {
      return (long) choices * tokens;
    }

    @Override
    public Routing route(Tensor logits, Optional<Tensor> real) {
      int experts = (int) logits.size(-1);
      Tensor shares = logits.reshape(-1, experts).softmax(-1); // (G·N, E)
      Tensor.TopK top = shares.topk(choices); // (G·N, K)
      Tensor gates =
          gate == Gate.OF_ALL
              ? top.values()
              : top.values().div(top.values().sum(-1).unsqueeze(-1)); // (G·N, K)
      long[] chosen = top.indices().toLongs();
      boolean[] counts = counts(real, chosen.length / choices);
      Filling filling = new Filling(experts);
      int tokens = Math.toIntExact(logits.size(-2));
      for (int from = 0; from < counts.length; from += tokens) {
        filling.open(capacity.applyAsInt(count(counts, from, tokens)));
        for (int n = 0; n < tokens * choices; n++) {
          int token = from + (order == Order.TOKENS ? n / choices : n % tokens);
          int place = token * choices + (order == Order.TOKENS ? n % choices : n / tokens);
          if (counts[token]) filling.ask((int) chosen[place], place);
        }
      }
      return filling.routing(gates.reshape(-1), choices);
    }
  }

  /**
   * Each expert picks the tokens of a group that have the greatest shares of it (Zhou et al. 2022,
   * "Mixture-of-Experts with Expert Choice Routing", section 3.2, arXiv:2202.09368).
   *
   * @param capacity of the number of a group's real tokens: how many an expert picks
   */
  public record ByExperts(IntUnaryOperator capacity) implements Rule {
    @Override
    public long computed(int tokens, int experts) {
      return (long) experts * picks(tokens);
    }

    private int picks(int tokens) {
      return Math.min(tokens, capacity.applyAsInt(tokens));
    }

    @Override
    public Routing route(Tensor logits, Optional<Tensor> real) {
      int groups = Math.toIntExact(logits.size(0));
      int tokens = Math.toIntExact(logits.size(1));
      int experts = Math.toIntExact(logits.size(2));
      Tensor shares = logits.softmax(-1); // (G, N, E)
      boolean[] counts = counts(real, groups * tokens);
      int[] picks =
          IntStream.range(0, groups).map(g -> picks(count(counts, g * tokens, tokens))).toArray();
      int most = Arrays.stream(picks).max().orElse(0);
      Tensor wanted = shares.detach().transpose(1, 2); // (G, E, N)
      if (real.isPresent()) wanted = wanted.maskedFill(real.get().logicalNot().unsqueeze(1), -1);
      long[] best = wanted.topk(most).indices().toLongs(); // (G, E, most)
      Filling filling = new Filling(experts);
      filling.open(Integer.MAX_VALUE);
      for (int g = 0; g < groups; g++)
        for (int e = 0; e < experts; e++)
          for (int i = 0; i < picks[g]; i++) {
            int token = g * tokens + (int) best[(g * experts + e) * most + i];
            filling.ask(e, token * experts + e);
          }
      return filling.routing(shares.reshape(-1), experts);
    }
  }

  /**
   * Each token has one expert, whose answer counts in full (Roller et al. 2021, section 3).
   *
   * @param expert of each of N tokens, or −1 for one that has none
   */
  public static Routing fixed(int[] expert, int experts, Dtype dtype, Device device) {
    Filling filling = new Filling(experts);
    filling.open(Integer.MAX_VALUE);
    for (int token = 0; token < expert.length; token++)
      if (expert[token] >= 0) filling.ask(expert[token], token);
    return filling.routing(Tensor.full(1, dtype, device, expert.length), 1);
  }

  /** Places as they are asked for. */
  private static final class Filling {
    private final List<IntStream.Builder> taken;
    private final int[] places; // taken in the group
    private int capacity;
    private int asked;

    Filling(int experts) {
      taken = IntStream.range(0, experts).mapToObj(e -> IntStream.builder()).toList();
      places = new int[experts];
    }

    /** Begins a group. */
    void open(int capacity) {
      this.capacity = capacity;
      Arrays.fill(places, 0);
    }

    void ask(int expert, int place) {
      asked++;
      if (places[expert]++ < capacity) taken.get(expert).add(place);
    }

    Routing routing(Tensor gates, int choices) {
      List<int[]> all = taken.stream().map(places -> places.build().toArray()).toList();
      return new Routing(gates, choices, all, asked);
    }
  }

  static boolean[] counts(Optional<Tensor> real, int tokens) {
    boolean[] counts = new boolean[tokens];
    if (real.isEmpty()) {
      Arrays.fill(counts, true);
      return counts;
    }
    long[] mask = real.get().to(Dtype.INT64).toLongs();
    for (int i = 0; i < tokens; i++) counts[i] = mask[i] != 0;
    return counts;
  }

  private static int count(boolean[] counts, int from, int tokens) {
    return (int) IntStream.range(from, from + tokens).filter(i -> counts[i]).count();
  }

  /** The tokens that an expert takes. */
  public int[] tokens(int expert) {
    return Arrays.stream(taken.get(expert)).map(place -> place / choices).toArray();
  }

  /** How many tokens each expert takes. */
  public int[] load() {
    return taken.stream().mapToInt(places -> places.length).toArray();
  }

  /** The share of choices that found no place. */
  public double dropped() {
    return asked == 0 ? 0 : 1 - (double) Arrays.stream(load()).sum() / asked;
  }

  /**
   * Σ gate · expert(x) over the experts that took a token; 0 for a token that none took. An expert
   * computes the tokens that it took, and no others.
   *
   * @param x (N, D)
   * @param experts each (n, D) → (n, D)
   */
  public Tensor combine(Tensor x, List<? extends UnaryOperator<Tensor>> experts) {
    int[] busy = IntStream.range(0, experts.size()).filter(e -> taken.get(e).length > 0).toArray();
    Tensor out = Tensor.zeros(x.dtype(), x.device(), x.shape()); // (N, D)
    if (busy.length == 0) return out;
    int[] places = Arrays.stream(busy).flatMap(e -> Arrays.stream(taken.get(e))).toArray(); // (M)
    Tensor tokens = index(Arrays.stream(places).map(place -> place / choices).toArray(), x);
    Tensor weights = gates.indexSelect(0, index(places, x)).unsqueeze(1); // (M, 1)
    long[] load = Arrays.stream(busy).mapToLong(e -> taken.get(e).length).toArray();
    Tensor[] seen = x.indexSelect(0, tokens).split(0, load); // each (n, D)
    List<Tensor> answers =
        IntStream.range(0, busy.length).mapToObj(i -> experts.get(busy[i]).apply(seen[i])).toList();
    return out.indexAdd_(0, tokens, Tensor.cat(0, answers).mul(weights).to(x.dtype()), 1);
  }

  private static Tensor index(int[] numbers, Tensor on) {
    return Tensor.of(numbers, numbers.length).to(on.device());
  }
}
