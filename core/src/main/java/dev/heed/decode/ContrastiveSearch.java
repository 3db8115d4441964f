package dev.heed.decode;

import dev.heed.model.Stepper;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Contrastive search (Su et al. 2022, eq. 5, <a
 * href="https://arxiv.org/abs/2202.06417">arXiv:2202.06417</a>): of the k most probable tokens the
 * one with the greatest
 *
 * <pre>(1 − α) · p(v | x) − α · max over x's tokens of cos(h(v), h(xⱼ))</pre>
 *
 * <p>h is the model's last hidden state of a token, for a candidate v after it has been read: so
 * all k are, side by side, as the hypotheses of one step. R rows of k candidates, P prompt tokens,
 * D model.
 */
public final class ContrastiveSearch {
  private final Stepper stepper;
  private final SpecialTokens special;
  private final DecodeConfig config;
  private final List<Line> lines = new ArrayList<>();
  private final int width;
  private Tensor said; // (R, P + longest, D), of length 1 each
  private long length; // tokens of each row in it
  private Choice[] choices;
  private int[] parents;

  /** What may follow one row. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Choice(int[] tokens, double[] logProbabilities) {}

  private ContrastiveSearch(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    this.stepper = stepper;
    this.special = special;
    this.config = config;
    width = config.width();
    for (Start start : starts) lines.add(new Line(start, 0, special, config));
    parents = new int[lines.size() * width];
    choices = new Choice[lines.size()];
  }

  /** As {@link Search#search}, with one hypothesis a row, by a stepper that tells its states. */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    Search.check(stepper, starts.size(), config.width());
    var search = new ContrastiveSearch(stepper, special, starts, config);
    try (Scope lifetime = Scope.open();
        NoGrad off = NoGrad.on()) {
      try (Scope step = Scope.open()) {
        search.read(starts, lifetime);
      }
      while (search.lines.stream().anyMatch(line -> !line.done()))
        try (Scope step = Scope.open()) {
          search.step();
        }
    }
    return search.lines.stream().map(line -> List.of(line.result())).toList();
  }

  /** Reads the prompts. */
  private void read(List<Start> starts, Scope lifetime) {
    int[] tokens = new int[parents.length];
    Arrays.fill(tokens, special.bos());
    Tensor logits = stepper.next(tokens, parents); // (R·k, V), alike within a row
    Tensor states = unit(stepper.states()); // (R, P, D)
    length = states.size(1);
    long longest = starts.stream().mapToInt(Start::maxLength).max().orElseThrow();
    long[] shape = {states.size(0), length + longest, states.size(2)};
    said = lifetime.adopt(Tensor.empty(states.dtype(), states.device(), shape));
    said.narrow(1, 0, length).copy_(states);
    for (int row = 0; row < lines.size(); row++) {
      long padding = length - starts.get(row).context().length; // the last token instead
      if (padding > 0)
        said.select(0, row)
            .narrow(0, 0, padding)
            .copy_(states.select(0, row).narrow(0, length - 1, 1));
    }
    choose(logits, IntStream.range(0, lines.size()).map(row -> row * width).toArray());
  }

  /** Reads each row's candidates and takes the best. */
  private void step() {
    int[] tokens = new int[parents.length];
    for (int row = 0; row < lines.size(); row++)
      for (int i = 0; i < width; i++) {
        int[] candidates = choices[row].tokens;
        tokens[row * width + i] = candidates.length == 0 ? 0 : candidates[i % candidates.length];
      }
    Tensor logits = stepper.next(tokens, parents); // (R·k, V)
    Tensor states = unit(stepper.states()); // (R, k, D)
    double[] likeness =
        states.bmm(said.narrow(1, 0, length).transpose(1, 2)).amax(2).toDoubles(); // (R, k)
    int[] taken = new int[lines.size()];
    for (int row = 0; row < taken.length; row++) {
      Line line = lines.get(row);
      int best = best(choices[row], likeness, row * width);
      taken[row] = row * width + best;
      Arrays.fill(parents, row * width, (row + 1) * width, best);
      said.select(0, row).narrow(0, length, 1).copy_(states.select(0, row).narrow(0, best, 1));
      if (!line.done()) line.add(choices[row].tokens[best], choices[row].logProbabilities[best]);
    }
    length++;
    choose(logits, taken);
  }

  private int best(Choice choice, double[] likeness, int first) {
    double alpha = config.penaltyAlpha();
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < choice.tokens.length; i++) {
      double score =
          (1 - alpha) * Math.exp(choice.logProbabilities[i]) - alpha * likeness[first + i];
      if (score > most) {
        most = score;
        best = i;
      }
    }
    return best;
  }

  /** Finds the candidates of the next step from one row of logits each. */
  private void choose(Tensor logits, int[] rows) {
    Tensor taken =
        logits.indexSelect(0, Tensor.of(rows, rows.length).to(logits.device())); // (R, V)
    if (config.repetitionPenalty() != 1)
      taken =
          new RepetitionPenalty(config.repetitionPenalty())
              .apply(taken, lines.stream().map(Line::said).toList());
    int excluded = lines.stream().mapToInt(line -> line.excluded().length).max().orElseThrow();
    var next = new NextTokens(NextTokens.logProbabilities(taken), width + excluded, special.ends());
    for (int row = 0; row < rows.length; row++) {
      choices[row] = choice(lines.get(row), next, row);
      if (choices[row].tokens.length == 0) lines.get(row).giveUp();
    }
  }

  private Choice choice(Line line, NextTokens next, int row) {
    if (line.done()) return new Choice(new int[0], new double[0]);
    if (line.forced().isPresent())
      return new Choice(new int[] {line.forced().getAsInt()}, new double[1]);
    int[] ranks =
        IntStream.range(0, next.width())
            .filter(rank -> next.logProbability(row, rank) > Double.NEGATIVE_INFINITY)
            .filter(rank -> !Exclusions.contains(line.excluded(), next.token(row, rank)))
            .limit(width)
            .toArray();
    return new Choice(
        IntStream.of(ranks).map(rank -> next.token(row, rank)).toArray(),
        IntStream.of(ranks).mapToDouble(rank -> next.logProbability(row, rank)).toArray());
  }

  /** Each vector at length 1, in single precision at least. */
  private static Tensor unit(Tensor states) {
    return states.div(states.mul(states).sum(states.dims() - 1).sqrt().unsqueeze(-1));
  }
}
