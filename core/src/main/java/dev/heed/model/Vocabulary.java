package dev.heed.model;

import dev.heed.config.UserError;

/**
 * What an encoder–decoder must know of its tokenizers: their sizes and the ids with a role.
 *
 * @param source tokens of the source side
 * @param target tokens of the target side
 * @param pad fills short rows
 * @param bos starts the decoder
 * @param eos ends every sequence
 */
public record Vocabulary(int source, int target, int pad, int bos, int eos) {
  public Vocabulary {
    for (int id : new int[] {pad, bos, eos})
      if (id < 0 || id >= Math.min(source, target))
        throw new IllegalArgumentException(
            "special token id %d is outside the vocabulary of %d tokens"
                .formatted(id, Math.min(source, target)));
  }

  /**
   * @param tied whether source and target are to share embeddings
   * @throws UserError if they are and their vocabularies differ
   */
  void checkJoint(boolean tied) {
    if (tied && source != target)
      throw new UserError(
          "tie: all needs one joint vocabulary, but the source has %d tokens and the target %d"
              .formatted(source, target));
  }
}
