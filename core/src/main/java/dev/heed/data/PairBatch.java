package dev.heed.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * {@link SentencePairs} as rows.
 *
 * @param tokens B pairs of at most T ids, and the labels of those that are hidden
 * @param segments (B, T): 0 for the first text of a pair, 1 for the second
 * @param follows (B): 0 where the second text follows the first, 1 where it is random
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
public record PairBatch(TokenBatch tokens, int[] segments, int[] follows) {
  /**
   * @param pad the id that fills short rows
   * @param masking hides some ids, and makes them labels
   */
  public static PairBatch of(List<Example> pairs, int pad, UnaryOperator<TokenBatch> masking) {
    TokenBatch tokens = TokenBatch.of(pairs, pad);
    int[] segments = new int[tokens.ids().length];
    for (int row = 0; row < tokens.rows(); row++) {
      int from = row * tokens.length();
      int second = pairs.get(row).target()[1];
      Arrays.fill(segments, from + second, from + tokens.lengths()[row], 1);
    }
    int[] follows = pairs.stream().mapToInt(pair -> pair.target()[0]).toArray();
    return new PairBatch(masking.apply(tokens), segments, follows);
  }
}
