package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.data.ImageBatch;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.train.HeldOut;
import dev.heed.train.ImageObjective;
import dev.heed.train.Objective;
import dev.heed.train.Validator;
import java.util.function.Function;

/** Loss and accuracy on held-out images. */
record ImageValidator(
    ImageObjective objective, Batches batches, Function<Bucket, ImageBatch> collate)
    implements Validator {
  @Override
  public Result validate() {
    double loss = 0;
    double nll = 0;
    long count = 0;
    long right = 0;
    try (Cursor<Bucket> epoch = batches.epoch(0);
        NoGrad off = NoGrad.on()) {
      while (epoch.hasNext()) {
        ImageBatch batch = collate.apply(epoch.next());
        try (Scope scope = Scope.open()) {
          Tensor logits = objective.logits(batch); // (B, L)
          Objective.Loss one = objective.loss(batch, logits, 1);
          loss += one.sum();
          nll += one.nll();
          count += batch.rows();
          long[] classes = logits.argmax(-1).toLongs();
          for (int i = 0; i < classes.length; i++) if (classes[i] == batch.labels()[i]) right++;
        }
      }
    }
    return new HeldOut(loss, nll, count).result((double) right / count);
  }
}
