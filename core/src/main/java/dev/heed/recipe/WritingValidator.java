package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.train.HeldOut;
import dev.heed.train.Objective;
import dev.heed.train.Validator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleBiFunction;

/**
 * Loss over held-out batches, and the quality of what the model writes for the first pairs.
 *
 * @param writing what it writes for each of {@code references}, by the weights as they are
 * @param references what it should write; may be empty
 * @param quality of hypotheses against references, higher is better
 */
record WritingValidator<B>(
    Objective<B> objective,
    Batches batches,
    Function<Bucket, B> collate,
    Supplier<List<String>> writing,
    List<String> references,
    ToDoubleBiFunction<List<String>, List<String>> quality)
    implements Validator {
  @Override
  public Result validate() {
    return HeldOut.of(objective, batches, collate)
        .result(
            references.isEmpty() ? Double.NaN : quality.applyAsDouble(writing.get(), references));
  }
}
