package dev.heed.train;

import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import java.util.function.Function;

/**
 * The loss of held-out batches, summed over what counts in them, in nats.
 *
 * @param loss as in training
 * @param nll the negative log-likelihood
 * @param weight what the batches weigh: tokens, or examples
 */
public record HeldOut(double loss, double nll, long weight) {
  /** One epoch, by a model in evaluation mode. */
  public static <B> HeldOut of(
      Objective<B> objective, Batches batches, Function<Bucket, B> collate) {
    double loss = 0;
    double nll = 0;
    long weight = 0;
    try (Cursor<Bucket> epoch = batches.epoch(0);
        NoGrad off = NoGrad.on()) {
      while (epoch.hasNext()) {
        B batch = collate.apply(epoch.next());
        try (Scope scope = Scope.open()) {
          Objective.Loss one = objective.loss(batch, 1);
          loss += one.sum();
          nll += one.nll();
          weight += objective.weight(batch);
        }
      }
    }
    return new HeldOut(loss, nll, weight);
  }

  /** Means over the weight, beside a quality that was measured otherwise. */
  public Validator.Result result(double quality) {
    return new Validator.Result(loss / weight, Math.exp(nll / weight), quality);
  }
}
