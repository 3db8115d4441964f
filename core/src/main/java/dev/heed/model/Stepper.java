package dev.heed.model;

import dev.heed.tensor.Tensor;

/**
 * A model in the middle of generating: {@code rows} independent inputs, each with {@code beams}
 * hypotheses that grow one token a step. Hypothesis {@code j} of row {@code r} stands at {@code r *
 * beams + j}.
 */
public interface Stepper {
  int rows();

  int beams();

  /** The number of tokens to choose from, V. */
  int vocabulary();

  /**
   * Feeds the newest token of each hypothesis and scores the next one. In the first step the
   * hypotheses of a row are alike.
   *
   * @param tokens (rows·beams) the newest tokens
   * @param parents (rows·beams) which hypothesis of its row, as of the step before, each one
   *     extends
   * @return logits (rows·beams, V), on this model's device
   */
  Tensor next(int[] tokens, int[] parents);

  /**
   * The hidden states behind the newest scores, (rows, P, D) of the prompts' P tokens after the
   * first step and (rows, beams, D) after the others, as long as the scope of that step is open.
   *
   * @throws UnsupportedOperationException if this model doesn't tell
   */
  default Tensor states() {
    throw new UnsupportedOperationException("this stepper has no hidden states");
  }

  /** Goes on with these rows alone, in this order; the others are finished. */
  void keep(int[] rows);
}
