package dev.heed.optim;

import dev.heed.tensor.Tensor;
import java.util.Map;

/** How one parameter follows its gradient; {@link ByRule} makes an optimizer of it. */
interface UpdateRule {
  /** What is kept from step to step for a parameter, by name; it is zero before the first. */
  Map<String, Tensor> state(Tensor parameter);

  /** The rate that counts where the schedule gives {@code scheduled}. */
  default double rate(double scheduled) {
    return scheduled;
  }

  /**
   * One step, in place.
   *
   * @param gradient clipped already; it stays as it is
   * @param lr the learning rate η of this parameter
   * @param decay the weight decay λ of this parameter
   * @param state what {@link #state} gave
   */
  void step(Tensor parameter, Tensor gradient, double lr, double decay, Map<String, Tensor> state);
}
