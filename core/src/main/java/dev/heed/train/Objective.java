package dev.heed.train;

import dev.heed.tensor.Tensor;

/** What training minimises: the loss of one batch of kind B. */
public interface Objective<B> {
  /** What a batch weighs in the loss: its real target tokens. */
  long weight(B batch);

  /**
   * @param value a scalar to call {@code backward} on
   * @param sum the loss summed over the batch's weight
   * @param nll the negative log-likelihood, summed likewise, in nats
   */
  record Loss(Tensor value, double sum, double nll) {}

  /** The loss of a batch over {@code divisor}, the weight of all batches of the update. */
  Loss loss(B batch, double divisor);
}
