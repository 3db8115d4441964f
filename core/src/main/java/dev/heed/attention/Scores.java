package dev.heed.attention;

import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.HostMemory;
import dev.heed.tensor.Tensor;

/** The step that score-based mechanisms share: scores into weights. */
final class Scores {
  private Scores() {}

  /**
   * Says before they are made that the scores of T queries for S keys can't fit in memory.
   *
   * @param q (B, H, T, ·)
   * @param k (B, ·, S, ·)
   * @param numbers that are held at once for each pair of each head
   * @throws UserError with the bytes that they take and those that are free
   */
  static void fit(Tensor q, Tensor k, long numbers) {
    double pairs = (double) q.size(0) * q.size(1) * q.size(2) * k.size(2);
    HostMemory.require(
        pairs * numbers * q.dtype().bytes(),
        q.device(),
        () ->
            "attention of %,d queries to %,d keys in %,d heads of %,d texts"
                .formatted(q.size(2), k.size(2), q.size(1), q.size(0)),
        "shorten the texts, take fewer at once, or choose an attention of less memory, such as flash");
  }

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
