package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** An encoder that reads a source, and a decoder that writes a target from it. */
public interface Seq2Seq extends MemoryDecoder {
  /**
   * INT64 source ids (B, S) → memory (B, S, D).
   *
   * @param real BOOL (B, S), which ids are no padding; empty if all are
   * @throws dev.heed.config.UserError if S is more than the model's positions
   */
  Memory encode(Tensor ids, Optional<Tensor> real);
}
