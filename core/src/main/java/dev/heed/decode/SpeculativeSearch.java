package dev.heed.decode;

import dev.heed.model.Chain;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Speculative decoding (Leviathan, Kalman and Matias 2023, algorithm 1; also Chen et al. 2023): a
 * small model drafts γ tokens, which the large one judges in one pass. A draft x is accepted with
 * probability min(1, p(x) / q(x)), p the large model's distribution and q the small one's; in place
 * of the first one refused comes a token drawn from max(0, p − q), and after γ accepted ones
 * another from p. What comes out is distributed as if drawn from p alone. Greedy search is the case
 * where either distribution has one token.
 */
public final class SpeculativeSearch {
  private final Chain target;
  private final Chain draft;
  private final int ahead;
  private final SpecialTokens special;
  private final DecodeConfig config;
  private final Start start;
  private final Exclusions exclusions;
  private final SplittableRandom random;
  private int judged;
  private int accepted;

  /**
   * @param ahead γ, at least 1
   * @param start whose context is the prompt, at least one token
   * @throws IllegalArgumentException if the models' vocabularies differ, or more than one
   *     hypothesis is asked for
   */
  public SpeculativeSearch(
      Chain target,
      Chain draft,
      int ahead,
      SpecialTokens special,
      Start start,
      DecodeConfig config) {
    if (target.vocabulary() != draft.vocabulary())
      throw new IllegalArgumentException(
          "the draft model knows %d tokens, and the model itself %d"
              .formatted(draft.vocabulary(), target.vocabulary()));
    if (config.width() != 1)
      throw new IllegalArgumentException("drafts are for one hypothesis, not " + config.width());
    this.target = target;
    this.draft = draft;
    this.ahead = ahead;
    this.special = special;
    this.config = config;
    this.start = start;
    exclusions = new Exclusions(special, config, start.context());
    random = new SplittableRandom(start.seed()).split();
  }

  /** Which share of the drafts was accepted so far. */
  public double acceptance() {
    return judged == 0 ? 0 : (double) accepted / judged;
  }

  /** The one hypothesis. */
  public Hypothesis search() {
    Line line = new Line(start, 0, special, config);
    int[] tokens = {};
    try (NoGrad off = NoGrad.on()) {
      while (!line.done()) {
        try (Scope step = Scope.open()) {
          tokens = stride(line, tokens);
        }
      }
    }
    return line.result();
  }

  /** Drafts, judges and adds; gives what was generated so far. */
  private int[] stride(Line line, int[] tokens) {
    int drafts = Math.min(ahead, start.maxLength() - tokens.length - 1);
    List<Distribution> proposed = new ArrayList<>();
    int[] longer = tokens;
    for (int i = 0; i < drafts; i++) {
      Distribution q = distributions(draft, longer, 1).get(0);
      if (q.p.isEmpty()) break;
      proposed.add(q);
      longer = plus(longer, q.draw(random));
      if (special.isEnd(longer[longer.length - 1])) break;
    }
    List<Distribution> wanted = distributions(target, longer, proposed.size() + 1);
    int[] said = tokens;
    for (int i = 0; i <= proposed.size() && !line.done(); i++) {
      Distribution p = wanted.get(i);
      if (p.p.isEmpty()) {
        line.giveUp();
        return said;
      }
      int token;
      boolean refused = false;
      if (i == proposed.size()) token = p.draw(random);
      else {
        Distribution q = proposed.get(i);
        token = longer[said.length];
        judged++;
        refused = random.nextDouble() * q.of(token) >= p.of(token);
        if (refused) token = p.beyond(q).draw(random);
        else accepted++;
      }
      line.add(token, p.logProbability(token));
      said = plus(said, token);
      if (refused) break;
    }
    return said;
  }

  private static int[] plus(int[] tokens, int token) {
    int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
    longer[tokens.length] = token;
    return longer;
  }

  /** What may follow each of the last tokens, as the settings narrow it. */
  private List<Distribution> distributions(Chain model, int[] tokens, int last) {
    List<int[]> generated = new ArrayList<>();
    for (int i = last - 1; i >= 0; i--) generated.add(Arrays.copyOf(tokens, tokens.length - i));
    Tensor logits = model.logits(exclusions.said(tokens), last); // (last, V)
    if (config.repetitionPenalty() != 1)
      logits =
          new RepetitionPenalty(config.repetitionPenalty())
              .apply(logits, generated.stream().map(exclusions::said).toList());
    List<int[]> excluded = generated.stream().map(exclusions::after).toList();
    int most = excluded.stream().mapToInt(one -> one.length).max().orElseThrow();
    int wanted = config.sampling().sample() ? config.sampling().topK() : 1;
    var next =
        new NextTokens(
            NextTokens.logProbabilities(logits),
            wanted == 0 ? Integer.MAX_VALUE : wanted + most,
            special.ends());
    List<Distribution> distributions = new ArrayList<>();
    for (int i = 0; i < last; i++)
      distributions.add(distribution(next, i, generated.get(i).length, excluded.get(i)));
    return distributions;
  }

  private Distribution distribution(NextTokens next, int row, int place, int[] excluded) {
    OptionalInt forced = special.forced(place, start.maxLength());
    if (forced.isPresent())
      return new Distribution(Map.of(forced.getAsInt(), 1.0), Map.of(forced.getAsInt(), 0.0));
    Map<Integer, Double> logProbabilities = new HashMap<>();
    Map<Integer, Double> p = new HashMap<>();
    Candidates left = config.sampling().candidates(next, row, excluded);
    if (left.size() == 0) return new Distribution(p, logProbabilities);
    if (!config.sampling().sample()) left = left.first(1);
    double[] probabilities = left.probabilities();
    for (int i = 0; i < left.size(); i++) {
      int token = next.token(row, left.tokens()[i]);
      p.put(token, probabilities[i]);
      logProbabilities.put(token, next.logProbability(row, left.tokens()[i]));
    }
    return new Distribution(p, logProbabilities);
  }

  /**
   * @param p probabilities by token, up to a factor; 0 for the others
   * @param scores the model's own log-probabilities of these tokens
   */
  private record Distribution(Map<Integer, Double> p, Map<Integer, Double> scores) {
    double of(int token) {
      return p.getOrDefault(token, 0.0);
    }

    double logProbability(int token) {
      return scores.get(token);
    }

    /** max(0, p − q). */
    Distribution beyond(Distribution q) {
      Map<Integer, Double> rest = new HashMap<>();
      p.forEach(
          (token, mine) -> {
            double more = mine - q.of(token);
            if (more > 0) rest.put(token, more);
          });
      return rest.isEmpty() ? this : new Distribution(rest, scores); // equal but for rounding
    }

    int draw(SplittableRandom random) {
      double left = random.nextDouble() * p.values().stream().mapToDouble(one -> one).sum();
      int token = -1;
      for (var entry : p.entrySet()) {
        token = entry.getKey();
        left -= entry.getValue();
        if (left < 0) break;
      }
      return token;
    }
  }
}
