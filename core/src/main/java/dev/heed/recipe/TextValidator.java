package dev.heed.recipe;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.data.Example;
import dev.heed.data.TokenBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.train.TextObjective;
import dev.heed.train.Validator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;

/** Loss and quality of an encoder's head on held-out texts. */
final class TextValidator implements Validator {
  private final TextObjective objective;
  private final Batches batches;
  private final Function<Bucket, TokenBatch> collate;
  private final ToDoubleBiFunction<List<int[]>, List<int[]>> quality;

  /**
   * @param quality of predicted against true classes: an array a text, of those that count
   */
  TextValidator(
      TextObjective objective,
      List<Example> examples,
      int batchTokens,
      Function<Bucket, TokenBatch> collate,
      ToDoubleBiFunction<List<int[]>, List<int[]>> quality) {
    this.objective = objective;
    this.batches = Batches.of(examples, batchTokens, 0);
    this.collate = collate;
    this.quality = quality;
  }

  @Override
  public Result validate() {
    double loss = 0;
    double nll = 0;
    long count = 0;
    List<int[]> predicted = new ArrayList<>();
    List<int[]> truth = new ArrayList<>();
    try (Cursor<Bucket> epoch = batches.epoch(0);
        NoGrad off = NoGrad.on()) {
      while (epoch.hasNext()) {
        TokenBatch batch = collate.apply(epoch.next());
        try (Scope scope = Scope.open()) {
          Tensor logits = objective.logits(batch).to(Dtype.FLOAT32);
          Tensor labels = Tensor.of(batch.labels(), batch.rows(), batch.labelLength());
          CrossEntropy.Sums sums =
              CrossEntropy.sums(logits, labels.to(logits.device()), objective.labelSmoothing());
          loss += sums.loss().item();
          nll += sums.nll().item();
          count += batch.labelled();
          split(batch, logits.argmax(-1).toLongs(), predicted, truth);
        }
      }
    }
    return new Result(loss / count, Math.exp(nll / count), quality.applyAsDouble(predicted, truth));
  }

  private static void split(
      TokenBatch batch, long[] classes, List<int[]> predicted, List<int[]> truth) {
    for (int row = 0; row < batch.rows(); row++) {
      int[] guesses = new int[batch.labelLength()];
      int[] labels = new int[batch.labelLength()];
      int n = 0;
      for (int i = row * batch.labelLength(); i < (row + 1) * batch.labelLength(); i++)
        if (batch.labels()[i] != TokenBatch.IGNORED) {
          guesses[n] = (int) classes[i];
          labels[n++] = batch.labels()[i];
        }
      predicted.add(Arrays.copyOf(guesses, n));
      truth.add(Arrays.copyOf(labels, n));
    }
  }
}
