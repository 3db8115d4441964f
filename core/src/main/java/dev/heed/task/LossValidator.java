package dev.heed.task;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.train.Objective;
import dev.heed.train.Validator;
import java.util.function.Function;

/** The loss over held-out batches, and no other measure. */
record LossValidator<B>(Objective<B> objective, Batches batches, Function<Bucket, B> collate)
    implements Validator {
  @Override
  public Result validate() {
    TranslationValidator.Sums sums = TranslationValidator.sums(objective, batches, collate);
    return new Result(
        sums.loss() / sums.tokens(), Math.exp(sums.nll() / sums.tokens()), Double.NaN);
  }
}
