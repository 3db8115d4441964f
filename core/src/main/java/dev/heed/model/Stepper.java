package dev.heed.model;

import dev.heed.tensor.Tensor;

/**
 * A model in the middle of generating: {@code rows} independent inputs, each with K hypotheses that
 * grow one token a step. All rows have the same K, at most {@code beams}; it may change from step
 * to step, and is 1 at the start. Hypothesis {@code j} of row {@code r} stands at {@code r·K + j}.
 */
public interface Stepper {
  int rows();

  int beams();

  /** The number of tokens to choose from, V. */
  int vocabulary();

  /**
   * Feeds the newest token of each hypothesis and scores the next one.
   *
   * @param tokens (rows·K) the newest tokens
   * @param parents (rows·K) which hypothesis of its row, as of the step before, each one extends; 0
   *     in the first step
   * @return logits (rows·K, V), on this model's device
   */
  Tensor next(int[] tokens, int[] parents);

  /** Goes on with these rows alone, in this order; the others are finished. */
  void keep(int[] rows);
}
