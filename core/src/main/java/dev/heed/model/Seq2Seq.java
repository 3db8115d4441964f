package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** An encoder that reads a source, and a decoder that writes a target from it. */
public interface Seq2Seq extends LanguageModel {
  /**
   * INT64 source ids (B, S) → memory (B, S, D).
   *
   * @param real BOOL (B, S), which ids are no padding; empty if all are
   * @throws dev.heed.config.UserError if S is more than the model's positions
   */
  Memory encode(Tensor ids, Optional<Tensor> real);

  /**
   * INT64 target ids (B, T), which begin with the start token → the hidden states (B, T, D) that
   * {@link #logits} scores the next tokens from.
   */
  Tensor decode(Tensor ids, Memory memory, Pass pass);
}
