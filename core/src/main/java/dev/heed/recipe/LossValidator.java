package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.train.HeldOut;
import dev.heed.train.Objective;
import dev.heed.train.Validator;
import java.util.function.Function;

/** The loss over held-out batches, and no other measure. */
record LossValidator<B>(Objective<B> objective, Batches batches, Function<Bucket, B> collate)
    implements Validator {
  @Override
  public Result validate() {
    return HeldOut.of(objective, batches, collate).result(Double.NaN);
  }
}
