package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.data.TokenBatch;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.train.HeldOut;
import dev.heed.train.Objective;
import dev.heed.train.TextObjective;
import dev.heed.train.Validator;
import java.util.Arrays;
import java.util.List;

/** Loss and quality of an encoder's head on held-out texts. */
final class TextValidator implements Validator {
  /** A measure of the scores, higher is better. */
  interface Quality {
    /**
     * @param scores of each row in order; beyond a row's own tokens they mean nothing
     * @param truth the rows
     */
    double of(List<float[]> scores, LabelledRows truth);
  }

  private final TextObjective objective;
  private final LabelledRows texts;
  private final Batches batches;
  private final Quality quality;

  TextValidator(TextObjective objective, LabelledRows texts, int batchTokens, Quality quality) {
    this.objective = objective;
    this.texts = texts;
    this.batches = Batches.of(texts.examples(), batchTokens, 0);
    this.quality = quality;
  }

  @Override
  public Result validate() {
    double loss = 0;
    double nll = 0;
    long weight = 0;
    float[][] scores = new float[texts.size()][];
    try (Cursor<Bucket> epoch = batches.epoch(0);
        NoGrad off = NoGrad.on()) {
      while (epoch.hasNext()) {
        Bucket bucket = epoch.next();
        TokenBatch batch = texts.batch(bucket);
        try (Scope scope = Scope.open()) {
          Tensor given = objective.scores(batch);
          Objective.Loss one = objective.loss(given, batch, 1);
          loss += one.sum();
          nll += one.nll();
          weight += objective.weight(batch);
          float[] all = given.toFloats();
          int size = all.length / batch.rows();
          for (int i = 0; i < batch.rows(); i++)
            scores[(int) bucket.examples().get(i).number() - 1] =
                Arrays.copyOfRange(all, i * size, (i + 1) * size);
        }
      }
    }
    return new HeldOut(loss, nll, weight).result(quality.of(List.of(scores), texts));
  }
}
