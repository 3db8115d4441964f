package dev.heed.data;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/** How sound becomes what a model listens to. */
public sealed interface SoundPreprocessor permits LogMel, Waveform {
  /** Samples a second. */
  int rate();

  /** The most samples of a recording, if there is such a number: shorter ones are filled up. */
  OptionalInt longest();

  /**
   * Samples in [−1, 1] of B recordings, one channel each, → the model's input, (B, …).
   *
   * @param recordings equally long, unless there is a {@link #longest}
   */
  Tensor features(List<float[]> recordings);
}
