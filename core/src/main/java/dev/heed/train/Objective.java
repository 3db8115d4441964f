package dev.heed.train;

import dev.heed.tensor.Tensor;
import java.util.Map;

/** What training minimises: the loss of one batch of kind B. */
public interface Objective<B> {
  /** What a batch weighs in the loss: its real target tokens. */
  long weight(B batch);

  /**
   * @param value a scalar to call {@code backward} on
   * @param sum the loss summed over the batch's weight
   * @param nll the negative log-likelihood, summed likewise, in nats
   * @param told what the model's parts tell of the pass, by name: numbers, lists and maps of them
   */
  record Loss(Tensor value, double sum, double nll, Map<String, Object> told) {
    public Loss(Tensor value, double sum, double nll) {
      this(value, sum, nll, Map.of());
    }
  }

  /** The loss of a batch over {@code divisor}, the weight of all batches of the update. */
  Loss loss(B batch, double divisor);
}
