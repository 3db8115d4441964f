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

  /**
   * Freezes the parameters whose {@link ParameterGroup} isn't trained yet, and frees the others;
   * called before the forward pass of each update. Where nobody calls it, it is epoch 0. An
   * optimizer without groups has nothing to do.
   *
   * @param epoch passes over the corpus that are done
   */
  default void epoch(long epoch) {}

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
