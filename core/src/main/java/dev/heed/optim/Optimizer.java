package dev.heed.optim;

import dev.heed.tensor.Tensor;
import java.util.Map;

/** Changes parameters by their gradients. */
public interface Optimizer {
  /**
   * One update of every parameter that has a gradient; one that has none stays as it is.
   *
   * @param lr the learning rate of this step
   */
  void step(double lr);

  /** Forgets all gradients. */
  void zeroGrad();

  /**
   * What an uninterrupted run would go on from, under dotted names: the tensors themselves, which
   * the next {@link #step} changes.
   */
  Map<String, Tensor> state();

  /**
   * Takes over the values of another run's {@link #state}.
   *
   * @throws dev.heed.config.UserError if names or shapes are not those of this optimizer's
   *     parameters
   */
  void load(Map<String, Tensor> state);
}
