package dev.heed.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Sound at another rate, by a low-pass filter of windowed sines (Smith, "Digital Audio
 * Resampling"), with torchaudio's settings: a cutoff at 0.99 of the lower rate's half, six zero
 * crossings to either side, Hann's window.
 *
 * <pre>
 * y[m] = Σ_i x[i] h(i/from − m/to),   h(t) = b/from · sinc(b t) cos²(π b t / 12) for |b t| < 6
 * b = 0.99 min(from, to)
 * </pre>
 */
final class SincResampler {
  private static final double ROLLOFF = 0.99;
  private static final int CROSSINGS = 6;

  private final int from; // both without common divisors
  private final int to;
  private final List<float[]> weights = new ArrayList<>(); // [m mod to]
  private final int[] first; // [m mod to] = the sample that the first weight is for

  SincResampler(int fromRate, int toRate) {
    int divisor = divisor(fromRate, toRate);
    from = fromRate / divisor;
    to = toRate / divisor;
    first = new int[to];
    double cutoff = ROLLOFF * Math.min(from, to) / from; // zero crossings a sample
    for (int phase = 0; phase < to; phase++) {
      double place = (double) phase * from / to;
      first[phase] = (int) Math.ceil(place - CROSSINGS / cutoff);
      int last = (int) Math.floor(place + CROSSINGS / cutoff);
      float[] row = new float[last - first[phase] + 1];
      for (int i = 0; i < row.length; i++)
        row[i] = (float) (cutoff * filter((first[phase] + i - place) * cutoff));
      weights.add(row);
    }
  }

  private static int divisor(int a, int b) {
    return b == 0 ? a : divisor(b, a % b);
  }

  private static double filter(double t) {
    double window = Math.cos(Math.PI * t / (2 * CROSSINGS));
    return (t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)) * window * window;
  }

  /** ⌈N · to/from⌉ samples. */
  float[] resample(float[] samples) {
    float[] result = new float[(int) (((long) samples.length * to + from - 1) / from)];
    for (int m = 0; m < result.length; m++) {
      float[] row = weights.get(m % to);
      int start = (int) ((long) (m / to) * from) + first[m % to];
      double sum = 0;
      int end = Math.min(row.length, samples.length - start);
      for (int i = Math.max(0, -start); i < end; i++) sum += (double) row[i] * samples[start + i];
      result[m] = (float) sum;
    }
    return result;
  }
}
