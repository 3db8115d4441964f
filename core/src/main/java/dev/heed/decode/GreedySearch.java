package dev.heed.decode;

import dev.heed.model.Stepper;
import java.util.Arrays;
import java.util.List;

/** The most probable token at each step, until it is the end token or the length is reached. */
public final class GreedySearch {
  private GreedySearch() {}

  /**
   * As {@link Search#search}, with one hypothesis a row. One that reaches its greatest length ends
   * there without an end token, which its log-probability and length then lack.
   */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, int[] maxLengths, DecodeConfig config) {
    return Search.run(
        stepper,
        special,
        1,
        Arrays.stream(maxLengths).mapToObj(length -> new Row(special, length, config)).toList());
  }

  static final class Row implements SearchRow {
    private final DecodeConfig config;
    private final Exclusions exclusions;
    private final int eos;
    private final int maxLength;
    private int[] tokens = {};
    private int[] excluded;
    private int length;
    private double logProbability;
    private boolean done;

    Row(SpecialTokens special, int maxLength, DecodeConfig config) {
      Search.checkLength(maxLength);
      this.config = config;
      this.maxLength = maxLength;
      eos = special.eos();
      exclusions = new Exclusions(special, config.noRepeatNgram());
      excluded = exclusions.after(tokens);
    }

    @Override
    public int width() {
      return 1 + excluded.length;
    }

    @Override
    public void advance(NextTokens next, int first) {
      int rank = 0;
      while (rank < next.width() && Exclusions.contains(excluded, next.token(first, rank))) rank++;
      if (rank == next.width() || next.logProbability(first, rank) == Double.NEGATIVE_INFINITY) {
        done = true; // nothing may follow
        return;
      }
      int token = next.token(first, rank);
      logProbability += next.logProbability(first, rank);
      length++;
      done = token == eos || length == maxLength;
      if (token == eos) return;
      tokens = Arrays.copyOf(tokens, length);
      tokens[length - 1] = token;
      excluded = exclusions.after(tokens);
    }

    @Override
    public boolean done() {
      return done;
    }

    @Override
    public int token(int hypothesis) {
      return tokens[length - 1];
    }

    @Override
    public int parent(int hypothesis) {
      return 0;
    }

    @Override
    public List<Hypothesis> result() {
      return List.of(Hypothesis.of(tokens, Math.max(1, length), logProbability, config));
    }
  }
}
