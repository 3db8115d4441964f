package dev.heed.decode;

import dev.heed.model.Stepper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search (Graves 2012; Sutskever et al. 2014) with beam k. At each step every live hypothesis
 * is extended by every token, at the greatest length by the end token alone, and the 2k most
 * probable candidates are looked at in order: one that ends is finished if its rank is below k and
 * dropped otherwise; another lives on while there is room among the k live ones. 2k always hold k
 * that live on, since each hypothesis has but one way to end.
 *
 * <p>A row is done when none lives, when k have finished (if {@code earlyStop}), or when no live
 * one can still come among the {@code nBest}: a log-probability only falls and a penalty only
 * rises, so log P / penalty(greatest length) is the most a live one can reach.
 */
public final class BeamSearch {
  private BeamSearch() {}

  /** As {@link Search#search}, for any beam. */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, int[] maxLengths, DecodeConfig config) {
    return Search.run(
        stepper,
        special,
        config.beam(),
        Arrays.stream(maxLengths).mapToObj(length -> new Row(special, length, config)).toList());
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
    private final DecodeConfig config;
    private final Exclusions exclusions;
    private final int eos;
    private final int maxLength;
    private int length;
    private List<Live> live; // most probable first
    private final List<Hypothesis> finished = new ArrayList<>(); // the best k, best first

    Row(SpecialTokens special, int maxLength, DecodeConfig config) {
      Search.checkLength(maxLength);
      this.config = config;
      this.maxLength = maxLength;
      eos = special.eos();
      exclusions = new Exclusions(special, config.noRepeatNgram());
      live = List.of(new Live(new int[0], 0, 0, exclusions.after(new int[0])));
    }

    @Override
    public int width() {
      return 2 * config.beam() + live.stream().mapToInt(l -> l.excluded.length).max().orElse(0);
    }

    @Override
    public void advance(NextTokens next, int first) {
      length++;
      List<Candidate> candidates = length == maxLength ? ends(next, first) : all(next, first);
      candidates.sort(Candidate.BEST_FIRST);
      List<Live> survivors = new ArrayList<>(config.beam());
      for (int rank = 0; rank < Math.min(2 * config.beam(), candidates.size()); rank++) {
        Candidate candidate = candidates.get(rank);
        if (candidate.token != eos) {
          if (survivors.size() < config.beam()) survivors.add(extended(candidate));
        } else if (rank < config.beam()) finish(candidate);
      }
      live = survivors;
    }

    private List<Candidate> ends(NextTokens next, int first) {
      List<Candidate> candidates = new ArrayList<>();
      for (int j = 0; j < live.size(); j++) add(candidates, j, eos, next.end(first + j));
      return candidates;
    }

    /** The 2k best of each live hypothesis, among which are the 2k best of all. */
    private List<Candidate> all(NextTokens next, int first) {
      List<Candidate> candidates = new ArrayList<>();
      for (int j = 0; j < live.size(); j++) {
        int limit = candidates.size() + 2 * config.beam();
        for (int rank = 0; rank < next.width() && candidates.size() < limit; rank++) {
          int token = next.token(first + j, rank);
          if (!Exclusions.contains(live.get(j).excluded, token))
            add(candidates, j, token, next.logProbability(first + j, rank));
        }
      }
      return candidates;
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

    private void finish(Candidate candidate) {
      int[] tokens = live.get(candidate.parent).tokens;
      var ended = Hypothesis.of(tokens, length, candidate.logProbability, config);
      int place = finished.size();
      while (place > 0 && finished.get(place - 1).score() < ended.score()) place--;
      finished.add(place, ended);
      if (finished.size() > config.beam()) finished.remove(config.beam());
    }

    @Override
    public boolean done() {
      if (live.isEmpty()) return true;
      if (config.earlyStop() && finished.size() >= config.beam()) return true;
      return finished.size() >= config.nBest()
          && live.get(0).logProbability / config.penalty(maxLength)
              <= finished.get(config.nBest() - 1).score();
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
    public List<Hypothesis> result() {
      return List.copyOf(finished.subList(0, Math.min(config.nBest(), finished.size())));
    }
  }
}
