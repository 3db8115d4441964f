package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;

/** The step that score-based kernels share: scores, already masked, into weights. */
final class Scores {
  private Scores() {}

  /** softmax over the keys of (B·H, T, S), 0 throughout where a query may attend to nothing. */
  static Tensor normalise(Tensor scores, Mask mask, long batch, long heads) {
    long queries = scores.size(1);
    long keys = scores.size(2);
    Tensor weights = scores.softmax(-1);
    return mask.emptyRows(queries, keys, scores.device())
        .map(
            rows ->
                weights
                    .view(batch, heads, queries, keys)
                    .maskedFill(rows, 0)
                    .view(batch * heads, queries, keys))
        .orElse(weights); // (B·H, T, S)
  }
}
