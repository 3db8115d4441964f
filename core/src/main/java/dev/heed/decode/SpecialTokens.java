package dev.heed.decode;

/**
 * The ids that a search treats apart.
 *
 * @param bos the token every hypothesis starts from; neither counted nor returned
 * @param eos the token that ends a hypothesis; counted, not returned
 * @param banned tokens never to be generated, such as padding and {@code bos}. Their probability is
 *     not shared out among the others: log-probabilities stay the model's
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SpecialTokens(int bos, int eos, int... banned) {
  /**
   * @throws IllegalArgumentException if {@code eos} is banned
   */
  public SpecialTokens {
    for (int token : banned)
      if (token == eos)
        throw new IllegalArgumentException("the end token " + eos + " cannot be banned");
  }
}
