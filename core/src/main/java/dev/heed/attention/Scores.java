package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;

/** The step that score-based mechanisms share: scores into weights. */
final class Scores {
  private Scores() {}

  /**
   * softmax over the keys of (B, H, T, S) that a mask allows, 0 throughout where it allows none.
   */
  static Tensor weights(Tensor scores, Mask mask) {
    long batch = scores.size(0);
    long heads = scores.size(1);
    long queries = scores.size(2);
    long keys = scores.size(3);
    Tensor flat = scores.reshape(batch * heads, queries, keys); // (B·H, T, S)
    Tensor masked = mask.bias(batch, heads, queries, keys, scores).map(flat::add).orElse(flat);
    return normalise(masked, mask, batch, heads).view(batch, heads, queries, keys);
  }

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
