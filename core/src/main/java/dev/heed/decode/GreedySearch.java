package dev.heed.decode;

import dev.heed.model.Stepper;
import java.util.List;

/** The most probable token at each step, until it is the end token or the length is reached. */
public final class GreedySearch {
  private GreedySearch() {}

  /**
   * As {@link Search#search}, with one hypothesis a row. One that reaches its greatest length ends
   * there without an end token, which its log-probability and length then lack.
   */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    return Search.run(
        stepper,
        special,
        config,
        starts.stream().map(start -> new Row(new Line(start, 0, special, config))).toList());
  }

  record Row(Line line) implements SearchRow {
    @Override
    public int width() {
      return 1 + line.excluded().length;
    }

    @Override
    public void advance(NextTokens next, int first) {
      if (line.forced().isPresent()) {
        line.add(line.forced().getAsInt(), 0);
        return;
      }
      int rank = 0;
      while (rank < next.width() && Exclusions.contains(line.excluded(), next.token(first, rank)))
        rank++;
      if (rank == next.width() || next.logProbability(first, rank) == Double.NEGATIVE_INFINITY)
        line.giveUp();
      else line.add(next.token(first, rank), next.logProbability(first, rank));
    }

    @Override
    public boolean done() {
      return line.done();
    }

    @Override
    public int token(int hypothesis) {
      return line.newest();
    }

    @Override
    public int parent(int hypothesis) {
      return 0;
    }

    @Override
    public int[] said(int hypothesis) {
      return line.said();
    }

    @Override
    public List<Hypothesis> result() {
      return List.of(line.result());
    }
  }
}
