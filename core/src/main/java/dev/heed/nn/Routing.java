package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Which experts take which tokens, and how much each answer counts (Shazeer et al. 2017). Each of N
 * tokens picks K of E experts; an expert may have fewer places than are asked for, and then takes
 * first choices before second ones, earlier tokens before later ones (Lepikhin et al. 2021,
 * algorithm 1). Places are those of a group of tokens, such as a sequence.
 */
public final class Routing {
  /** What an answer is multiplied by. */
  public enum Gate {
    /** The expert's share among all, softmax over E (Fedus et al. 2022, eq. 2). */
    OF_ALL,
    /** Its share among the K (Lepikhin et al. 2021; Jiang et al. 2024, section 2.1). */
    OF_CHOSEN
  }

  private final Tensor gates; // (G·N·K)
  private final int choices;
  private final List<List<Integer>> taken; // [expert] = places among the choices

  private Routing(Tensor gates, int choices, List<List<Integer>> taken) {
    this.gates = gates;
    this.choices = choices;
    this.taken = taken;
  }

  /**
   * @param logits (N, E) of one group, or (G, N, E) of G groups
   * @param choices K
   * @param capacity places of each expert for a group; empty for as many as are asked for
   */
  public static Routing top(Tensor logits, int choices, Gate gate, OptionalInt capacity) {
    int experts = (int) logits.size(-1);
    Tensor shares = logits.reshape(-1, experts).softmax(-1); // (G·N, E)
    Tensor.TopK top = shares.topk(choices); // (G·N, K)
    Tensor gates =
        gate == Gate.OF_ALL
            ? top.values()
            : top.values().div(top.values().sum(-1).unsqueeze(-1)); // (G·N, K)
    List<List<Integer>> taken = new ArrayList<>();
    for (int e = 0; e < experts; e++) taken.add(new ArrayList<>());
    long[] chosen = top.indices().toLongs();
    int group = Math.toIntExact(logits.size(-2)) * choices;
    for (int from = 0; from < chosen.length; from += group) {
      int[] places = new int[experts];
      for (int choice = 0; choice < choices; choice++)
        for (int place = from + choice; place < from + group; place += choices) {
          int expert = (int) chosen[place];
          if (places[expert]++ < capacity.orElse(Integer.MAX_VALUE)) taken.get(expert).add(place);
        }
    }
    return new Routing(gates.reshape(-1), choices, taken);
  }

  /** The tokens that an expert takes. */
  public List<Integer> tokens(int expert) {
    return taken.get(expert).stream().map(place -> place / choices).toList();
  }

  /**
   * Σ gate · expert(x) over the experts that took a token; 0 for a token that none took.
   *
   * @param x (N, D)
   * @param experts each (n, D) → (n, D)
   */
  public Tensor combine(Tensor x, List<? extends UnaryOperator<Tensor>> experts) {
    Device device = x.device();
    Tensor out = Tensor.zeros(x.dtype(), device, x.shape()); // (N, D)
    for (int e = 0; e < experts.size(); e++) {
      if (taken.get(e).isEmpty()) continue;
      Tensor tokens = index(tokens(e)).to(device); // (n)
      Tensor weights = gates.indexSelect(0, index(taken.get(e)).to(device)); // (n)
      Tensor answers = experts.get(e).apply(x.indexSelect(0, tokens)); // (n, D)
      out.indexAdd_(0, tokens, answers.mul(weights.unsqueeze(1)).to(x.dtype()), 1);
    }
    return out;
  }

  private static Tensor index(List<Integer> numbers) {
    return Tensor.of(numbers.stream().mapToInt(i -> i).toArray(), numbers.size());
  }
}
