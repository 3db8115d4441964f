package dev.heed.task;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.Pair;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.train.Objective;
import dev.heed.train.Validator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;

/** Loss over a held-out corpus, and the quality of the translations of its first pairs. */
final class TranslationValidator implements Validator {
  private final Objective<IdBatch> objective;
  private final Batches batches;
  private final Function<Bucket, IdBatch> collate;
  private final Translation translation;
  private final List<String> sources;
  private final List<String> references;
  private final ToDoubleBiFunction<List<String>, List<String>> quality;

  /**
   * @param translation searches greedily or as given; reads the weights as they are when called
   * @param pairs those to translate; may be empty
   * @param quality of hypotheses against references, higher is better
   */
  TranslationValidator(
      Objective<IdBatch> objective,
      List<Example> examples,
      int batchTokens,
      Function<Bucket, IdBatch> collate,
      Translation translation,
      List<Pair> pairs,
      ToDoubleBiFunction<List<String>, List<String>> quality) {
    this.objective = objective;
    this.batches = Batches.of(examples, batchTokens, 0);
    this.collate = collate;
    this.translation = translation;
    this.sources = pairs.stream().map(Pair::source).toList();
    this.references = pairs.stream().map(Pair::target).toList();
    this.quality = quality;
  }

  @Override
  public Result validate() {
    Sums sums = sums(objective, batches, collate);
    double nll = sums.nll() / sums.tokens();
    return new Result(sums.loss() / sums.tokens(), Math.exp(nll), quality());
  }

  /** Sums over target tokens, in nats. */
  record Sums(double loss, double nll, long tokens) {}

  /** The loss of all batches, by a model in evaluation mode. */
  static <B> Sums sums(Objective<B> objective, Batches batches, Function<Bucket, B> collate) {
    double loss = 0;
    double nll = 0;
    long tokens = 0;
    try (Cursor<Bucket> epoch = batches.epoch(0);
        NoGrad off = NoGrad.on()) {
      while (epoch.hasNext()) {
        B batch = collate.apply(epoch.next());
        try (Scope scope = Scope.open()) {
          Objective.Loss one = objective.loss(batch, 1);
          loss += one.sum();
          nll += one.nll();
          tokens += objective.weight(batch);
        }
      }
    }
    return new Sums(loss, nll, tokens);
  }

  private double quality() {
    if (sources.isEmpty()) return Double.NaN;
    List<String> hypotheses =
        translation.translate(sources, 1, done -> {}).stream()
            .map(best -> best.get(0).text())
            .toList();
    return quality.applyAsDouble(hypotheses, references);
  }
}
