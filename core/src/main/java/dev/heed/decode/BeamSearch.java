package dev.heed.decode;

import dev.heed.model.Stepper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Beam search (Graves 2012; Sutskever et al. 2014) with beam k. At each step every live hypothesis
 * is extended by every token, and the k(1 + e) most probable candidates are looked at in order, for
 * e end tokens: one that ends is finished if its rank is below k and dropped otherwise; another
 * lives on while there is room among the k live ones. So many always hold k that live on, since
 * each hypothesis has but e ways to end. At the greatest length the end token alone may come, or,
 * if {@code cut}, every candidate is at its end.
 *
 * <p>A row is done when none lives, when k have finished (if {@code earlyStop}), or when no live
 * one can still come among the {@code nBest}: a log-probability only falls and a penalty only
 * rises, so log P / penalty(greatest length) is the most a live one can reach (if the exponent is
 * negative, it is log P / penalty(length)). {@link StopBound#ESTIMATE} stops sooner.
 */
public final class BeamSearch {
  private BeamSearch() {}

  /** As {@link Search#search}, for any beam. */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    return Search.run(
        stepper,
        special,
        config,
        starts.stream().map(start -> new Row(start, special, config)).toList());
  }

  private record Candidate(int parent, int token, double logProbability) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingDouble(Candidate::logProbability)
            .reversed()
            .thenComparing(Candidate::parent)
            .thenComparing(Candidate::token);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Live(int[] tokens, double logProbability, int parent, int[] excluded) {}

  static final class Row implements SearchRow {
    private final Start start;
    private final SpecialTokens special;
    private final DecodeConfig config;
    private final Exclusions exclusions;
    private int length;
    private List<Live> live; // most probable first
    private final List<Hypothesis> finished = new ArrayList<>(); // the best k, best first

    Row(Start start, SpecialTokens special, DecodeConfig config) {
      this.start = start;
      this.special = special;
      this.config = config;
      exclusions = new Exclusions(special, config, start.context());
      live = List.of(new Live(new int[0], 0, 0, exclusions.after(new int[0])));
    }

    /** How many candidates are looked at. */
    private int looks() {
      return config.beam() * (1 + Math.max(1, special.ends().length));
    }

    @Override
    public int width() {
      return looks() + live.stream().mapToInt(l -> l.excluded.length).max().orElse(0);
    }

    @Override
    public void advance(NextTokens next, int first) {
      OptionalInt forced = special.forced(length, start.maxLength());
      length++;
      List<Candidate> candidates = new ArrayList<>();
      if (forced.isPresent())
        for (int j = 0; j < live.size(); j++) add(candidates, j, forced.getAsInt(), 0);
      else if (length == start.maxLength() && !config.cut()) ends(candidates, next, first);
      else all(candidates, next, first);
      candidates.sort(Candidate.BEST_FIRST);
      List<Live> survivors = new ArrayList<>(config.beam());
      for (int rank = 0; rank < Math.min(looks(), candidates.size()); rank++) {
        Candidate candidate = candidates.get(rank);
        if (special.isEnd(candidate.token)) {
          if (rank < config.beam())
            finish(
                live.get(candidate.parent).tokens,
                OptionalInt.of(candidate.token),
                candidate.logProbability);
        } else if (rank < config.beam() || survivors.size() < config.beam()) {
          Live longer = extended(candidate);
          if (length < start.maxLength() && !start.stop().after(rank, longer.tokens)) {
            if (survivors.size() < config.beam()) survivors.add(longer);
          } else if (rank < config.beam())
            finish(longer.tokens, OptionalInt.empty(), candidate.logProbability);
        }
      }
      live = survivors;
    }

    private void ends(List<Candidate> candidates, NextTokens next, int first) {
      for (int j = 0; j < live.size(); j++)
        for (int i = 0; i < special.ends().length; i++)
          add(candidates, j, special.ends()[i], next.end(first + j, i));
    }

    /** The best of each live hypothesis, among which are the best of all. */
    private void all(List<Candidate> candidates, NextTokens next, int first) {
      for (int j = 0; j < live.size(); j++) {
        int limit = candidates.size() + looks();
        for (int rank = 0; rank < next.width() && candidates.size() < limit; rank++) {
          int token = next.token(first + j, rank);
          if (!Exclusions.contains(live.get(j).excluded, token))
            add(candidates, j, token, next.logProbability(first + j, rank));
        }
      }
    }

    private void add(List<Candidate> candidates, int parent, int token, double logProbability) {
      if (logProbability > Double.NEGATIVE_INFINITY)
        candidates.add(
            new Candidate(parent, token, live.get(parent).logProbability + logProbability));
    }

    private Live extended(Candidate candidate) {
      int[] tokens = Arrays.copyOf(live.get(candidate.parent).tokens, length);
      tokens[length - 1] = candidate.token;
      return new Live(tokens, candidate.logProbability, candidate.parent, exclusions.after(tokens));
    }

    private void finish(int[] tokens, OptionalInt end, double logProbability) {
      var ended = Hypothesis.of(tokens, end, logProbability, config);
      int place = finished.size();
      while (place > 0 && finished.get(place - 1).score() < ended.score()) place--;
      finished.add(place, ended);
      if (finished.size() > config.beam()) finished.remove(config.beam());
    }

    @Override
    public boolean done() {
      if (live.isEmpty()) return true;
      if (config.earlyStop() && finished.size() >= config.beam()) return true;
      boolean exact = config.stopBound() == StopBound.EXACT;
      int wanted = exact ? config.nBest() : config.beam();
      int longest = exact && config.alpha() >= 0 ? start.maxLength() : length;
      return finished.size() >= wanted
          && live.get(0).logProbability / config.penalty(longest)
              <= finished.get(wanted - 1).score();
    }

    /** Places without a live hypothesis repeat the first one; what comes of them isn't read. */
    private Live at(int hypothesis) {
      return live.get(hypothesis < live.size() ? hypothesis : 0);
    }

    @Override
    public int token(int hypothesis) {
      return at(hypothesis).tokens[length - 1];
    }

    @Override
    public int parent(int hypothesis) {
      return at(hypothesis).parent;
    }

    @Override
    public int[] said(int hypothesis) {
      return exclusions.said(at(hypothesis).tokens);
    }

    @Override
    public List<Hypothesis> result() {
      return List.copyOf(finished.subList(0, Math.min(config.nBest(), finished.size())));
    }
  }
}
