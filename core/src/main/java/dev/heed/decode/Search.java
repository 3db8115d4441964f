package dev.heed.decode;

import dev.heed.model.Stepper;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntBiFunction;
import java.util.stream.IntStream;

/** Generation: by drawing, by contrast, greedily if the beam is 1, else by beam search. */
public final class Search {
  private Search() {}

  /**
   * Generates for every row of a stepper that has taken no step yet, and uses it up. Rows don't
   * influence each other; each leaves the stepper when it is done. {@link Stepper#next} is called
   * within a {@link Scope} of its own, which frees all that it makes; {@link Stepper#keep} outside.
   *
   * @param stepper with {@code config.width()} hypotheses a row
   * @param starts of each row
   * @return for each row its {@code config.nBest()} best hypotheses, or fewer if no more were
   *     found, best first
   * @throws IllegalArgumentException if the stepper's rows or beams are others than asked for
   * @throws dev.heed.config.UserError if the model gives NaN
   */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, List<Start> starts, DecodeConfig config) {
    if (config.sampling().sample()) return SampleSearch.search(stepper, special, starts, config);
    if (config.penaltyAlpha() > 0)
      return ContrastiveSearch.search(stepper, special, starts, config);
    return config.beam() == 1
        ? GreedySearch.search(stepper, special, starts, config)
        : BeamSearch.search(stepper, special, starts, config);
  }

  /** As above, for rows without a context. */
  public static List<List<Hypothesis>> search(
      Stepper stepper, SpecialTokens special, int[] maxLengths, DecodeConfig config) {
    return search(stepper, special, Start.of(maxLengths), config);
  }

  /** Steps all rows together, dropping each from the batch as it is done. */
  static List<List<Hypothesis>> run(
      Stepper stepper, SpecialTokens special, DecodeConfig config, List<? extends SearchRow> rows) {
    int beams = config.width();
    check(stepper, rows.size(), beams);
    List<SearchRow> running = new ArrayList<>(rows);
    int[] tokens = new int[rows.size() * beams];
    int[] parents = new int[rows.size() * beams];
    Arrays.fill(tokens, special.bos());
    try (var off = NoGrad.on()) {
      while (!running.isEmpty()) {
        step(stepper, tokens, parents, running, config, special);
        int[] kept = unfinished(running);
        if (kept.length > 0 && kept.length < running.size()) stepper.keep(kept);
        running = Arrays.stream(kept).mapToObj(running::get).toList();
        tokens = each(running, beams, SearchRow::token);
        parents = each(running, beams, SearchRow::parent);
      }
    }
    return rows.stream().map(SearchRow::result).toList();
  }

  static void check(Stepper stepper, int rows, int beams) {
    if (stepper.rows() != rows || stepper.beams() != beams)
      throw new IllegalArgumentException(
          "the stepper holds %d rows of %d hypotheses, where %d rows of %d are to be searched"
              .formatted(stepper.rows(), stepper.beams(), rows, beams));
  }

  private static void step(
      Stepper stepper,
      int[] tokens,
      int[] parents,
      List<SearchRow> rows,
      DecodeConfig config,
      SpecialTokens special) {
    int width = width(rows);
    NextTokens next;
    try (var step = Scope.open()) {
      Tensor scores = scores(stepper.next(tokens, parents), rows, config);
      next = new NextTokens(scores, width, special.ends());
    }
    advance(rows, next, config.width());
  }

  // These loops have methods of their own because of what HotSpot's second compiler does with a
  // method of many iterations: it inlines the whole model into `step`, in two seconds or more.

  private static int width(List<SearchRow> rows) {
    int width = 0;
    for (SearchRow row : rows) width = Math.max(width, row.width());
    return width;
  }

  private static void advance(List<SearchRow> rows, NextTokens next, int beams) {
    for (int i = 0; i < rows.size(); i++) rows.get(i).advance(next, i * beams);
  }

  private static int[] unfinished(List<SearchRow> rows) {
    return IntStream.range(0, rows.size()).filter(i -> !rows.get(i).done()).toArray();
  }

  /** A number of each hypothesis of each row. */
  private static int[] each(
      List<SearchRow> rows, int beams, ToIntBiFunction<SearchRow, Integer> of) {
    int[] numbers = new int[rows.size() * beams];
    for (int i = 0; i < numbers.length; i++)
      numbers[i] = of.applyAsInt(rows.get(i / beams), i % beams);
    return numbers;
  }

  /** Log-probabilities (N, V), less what repeats; a beam's stay those of what isn't repeated. */
  private static Tensor scores(Tensor logits, List<SearchRow> rows, DecodeConfig config) {
    if (config.repetitionPenalty() == 1) return NextTokens.logProbabilities(logits);
    var penalty = new RepetitionPenalty(config.repetitionPenalty());
    List<int[]> said =
        rows.stream()
            .flatMap(row -> IntStream.range(0, config.width()).mapToObj(row::said))
            .toList();
    return config.beam() == 1
        ? NextTokens.logProbabilities(penalty.apply(logits, said))
        : penalty.apply(NextTokens.logProbabilities(logits), said);
  }
}
