package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.data.SoundPreprocessor;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** A model that listens: wav2vec 2.0 and its kin, and the encoders of Whisper's. */
public interface SpeechEncoder {
  /**
   * Samples (B, N), or features of them (B, M, N), → frames (B, T, D), and which of them are real.
   *
   * @param real BOOL (B, N), which samples are no padding; empty if all are
   * @throws dev.heed.config.UserError if M or N isn't what the model takes
   */
  Memory encode(Tensor sound, Optional<Tensor> real);

  /** What makes its input of samples, if its own config says so. */
  default Optional<SoundPreprocessor> preprocessor() {
    return Optional.empty();
  }
}
