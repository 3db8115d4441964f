package dev.heed.data;

import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * The samples themselves, as wav2vec 2.0 (Baevski et al. 2020) and models with a front end of their
 * own read them.
 *
 * @param rate samples a second
 * @param normalised whether each recording is brought to mean 0 and variance 1
 * @param longest samples of every recording, if their number is fixed: shorter ones are filled with
 *     zeros
 */
public record Waveform(int rate, boolean normalised, OptionalInt longest)
    implements SoundPreprocessor {
  private static final double EPS = 1e-7; // added to variances

  public Waveform {
    if (rate < 1) throw new IllegalArgumentException("rate must be at least 1, not " + rate);
  }

  /** FLOAT32 (B, N). */
  @Override
  public Tensor features(List<float[]> recordings) {
    int length = longest.orElse(recordings.get(0).length);
    float[] rows = new float[recordings.size() * length];
    for (int i = 0; i < recordings.size(); i++) {
      float[] samples = recordings.get(i);
      float[] row = normalised ? normalised(samples) : samples;
      System.arraycopy(row, 0, rows, i * length, Math.min(length, row.length));
    }
    return Tensor.of(rows, recordings.size(), length);
  }

  private static float[] normalised(float[] samples) {
    double mean = 0;
    for (float sample : samples) mean += sample / samples.length;
    double variance = 0;
    for (float sample : samples) variance += (sample - mean) * (sample - mean) / samples.length;
    double scale = 1 / Math.sqrt(variance + EPS);
    float[] result = Arrays.copyOf(samples, samples.length);
    for (int i = 0; i < result.length; i++) result[i] = (float) ((samples[i] - mean) * scale);
    return result;
  }
}
