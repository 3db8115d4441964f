package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.tensor.Tensor;

/** A decoder that writes from an encoder's output, whatever the encoder has read. */
public interface MemoryDecoder extends LanguageModel {
  /**
   * INT64 target ids (B, T), which begin with the start token → the hidden states (B, T, D) that
   * {@link #logits} scores the next tokens from.
   */
  Tensor decode(Tensor ids, Memory memory, Pass pass);
}
