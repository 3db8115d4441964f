package dev.heed.decode;

import dev.heed.model.Stepper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Each token drawn from the model's distribution, as {@link Sampling} narrows it. The samples of a
 * row are drawn independently; what each draws hangs on its row's seed and its own number alone,
 * not on the rows and samples beside it.
 */
public final class SampleSearch {
  private SampleSearch() {}

  /** As {@link Search#search}, with {@code config.nBest()} samples a row, most probable first. */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    return Search.run(
        stepper,
        special,
        config,
        starts.stream().map(start -> new Row(start, special, config)).toList());
  }

  static final class Row implements SearchRow {
    private final Sampling sampling;
    private final List<Line> lines = new ArrayList<>();
    private final List<SplittableRandom> randoms = new ArrayList<>();

    Row(Start start, SpecialTokens special, DecodeConfig config) {
      sampling = config.sampling();
      var seeds = new SplittableRandom(start.seed());
      for (int i = 0; i < config.nBest(); i++) {
        lines.add(new Line(start, i, special, config));
        randoms.add(seeds.split());
      }
    }

    /** All tokens, unless k are enough. */
    @Override
    public int width() {
      int excluded = lines.stream().mapToInt(line -> line.excluded().length).max().orElseThrow();
      return sampling.topK() == 0 || sampling.topK() > Integer.MAX_VALUE - excluded
          ? Integer.MAX_VALUE
          : sampling.topK() + excluded;
    }

    @Override
    public void advance(NextTokens next, int first) {
      for (int i = 0; i < lines.size(); i++)
        if (!lines.get(i).done()) draw(lines.get(i), randoms.get(i), next, first + i);
    }

    private void draw(Line line, SplittableRandom random, NextTokens next, int hypothesis) {
      if (line.forced().isPresent()) {
        line.add(line.forced().getAsInt(), 0);
        return;
      }
      int[] ranks =
          IntStream.range(0, next.width())
              .filter(r -> next.logProbability(hypothesis, r) > Double.NEGATIVE_INFINITY)
              .filter(r -> !Exclusions.contains(line.excluded(), next.token(hypothesis, r)))
              .toArray();
      if (ranks.length == 0) {
        line.giveUp();
        return;
      }
      // Ranks stand for tokens until one is drawn.
      double[] scores =
          IntStream.of(ranks).mapToDouble(r -> next.logProbability(hypothesis, r)).toArray();
      Candidates candidates = sampling.filtered(new Candidates(ranks, scores));
      int rank = candidates.tokens()[candidates.draw(random)];
      line.add(next.token(hypothesis, rank), next.logProbability(hypothesis, rank));
    }

    @Override
    public boolean done() {
      return lines.stream().allMatch(Line::done);
    }

    /** What a sample that has ended is fed isn't read. */
    @Override
    public int token(int hypothesis) {
      Line line = lines.get(hypothesis);
      return line.done() ? 0 : line.newest();
    }

    @Override
    public int parent(int hypothesis) {
      return hypothesis;
    }

    @Override
    public int[] said(int hypothesis) {
      return lines.get(hypothesis).said();
    }

    @Override
    public List<Hypothesis> result() {
      return lines.stream()
          .map(Line::result)
          .sorted(Comparator.comparingDouble(Hypothesis::score).reversed())
          .toList();
    }
  }
}
