package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.Pair;
import dev.heed.task.Translation;
import dev.heed.train.HeldOut;
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
    return HeldOut.of(objective, batches, collate).result(quality());
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
