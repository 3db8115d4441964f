package dev.heed.data;

import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What Whisper hears of sound (Radford et al. 2023, section 2.2): the logarithms of its power in
 * bands that are as far apart as the ear finds them.
 *
 * <p>Spectra are taken of windows weighed by Hann's curve; bands are triangles on Slaney's mel
 * scale, of equal area, up to 8 kHz; what lies 80 dB below a recording's loudest band is cut off,
 * and the rest is brought to about [−1, 1].
 *
 * @param bands M
 * @param rate samples a second
 * @param hop samples from spectrum to spectrum
 * @param seconds of every recording: longer ones are cut, shorter ones filled with silence
 * @param window samples of a spectrum
 */
public record LogMel(int bands, int rate, int hop, int seconds, int window)
    implements SoundPreprocessor {
  /** Whisper's, but for the newest, which has 128 bands. */
  public static final LogMel WHISPER = new LogMel(80, 16_000, 160, 30, 400);

  private static final double HIGHEST = 8_000; // Hz
  private static final double LINEAR_STEP = 200.0 / 3; // Hz a mel below LINEAR_END
  private static final double LINEAR_END = 1_000; // Hz
  private static final double LOG_STEP = Math.log(6.4) / 27; // of a mel above it

  public LogMel {
    for (int value : new int[] {bands, rate, hop, seconds, window})
      if (value < 1) throw new IllegalArgumentException("sizes must be at least 1, not " + value);
  }

  @Override
  public OptionalInt longest() {
    return OptionalInt.of(rate * seconds);
  }

  /** Samples in [−1, 1] of B recordings, one channel each → FLOAT32 (B, M, rate·seconds/hop). */
  @Override
  public Tensor features(List<float[]> recordings) {
    return Tensor.cat(
        0, recordings.stream().map(one -> Scope.within(() -> features(one))).toList());
  }

  /** (1, M, N), whose steps take much more memory than itself. */
  private Tensor features(float[] samples) {
    int length = rate * seconds;
    int side = window / 2;
    int bins = side + 1;
    Tensor spectra =
        Signals.convolve(
                Tensor.of(mirrored(samples, length, side), 1, 1, length + 2L * side),
                waves(bins), // (2 F, 1, window)
                Optional.empty(),
                new long[] {hop},
                new long[] {0},
                1)
            .narrow(2, 0, length / hop); // (1, 2 F, N)
    Tensor real = spectra.narrow(1, 0, bins);
    Tensor imaginary = spectra.narrow(1, bins, bins);
    Tensor power = real.mul(real).add(imaginary.mul(imaginary)); // (1, F, N)
    Tensor loud = triangles(bins).matmul(power).clamp_(1e-10, Double.MAX_VALUE); // (1, M, N)
    Tensor log = loud.log().mul(1 / Math.log(10));
    double floor = log.max().item() - 8;
    return log.clamp_(floor, Double.MAX_VALUE).add(4).mul(0.25).to(Dtype.FLOAT32);
  }

  /** A recording of {@code length}, and on either side its own mirror image. */
  private static double[] mirrored(float[] samples, int length, int side) {
    double[] sound = new double[length + 2 * side];
    for (int i = -side; i < length + side; i++) {
      int place = i < 0 ? -i : i < length ? i : 2 * (length - 1) - i;
      if (place < samples.length && place < length) sound[side + i] = samples[place];
    }
    return sound;
  }

  /** Cosines, then sines, of each of F frequencies, weighed by Hann's curve: (2 F, 1, window). */
  private Tensor waves(int bins) {
    double[] waves = new double[2 * bins * window];
    for (int bin = 0; bin < bins; bin++)
      for (int i = 0; i < window; i++) {
        double hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / window);
        double angle = 2 * Math.PI * ((long) bin * i % window) / window;
        waves[bin * window + i] = hann * Math.cos(angle);
        waves[(bins + bin) * window + i] = hann * Math.sin(angle);
      }
    return Tensor.of(waves, 2L * bins, 1, window);
  }

  /** How much each of F frequencies counts in each band, (M, F). */
  private Tensor triangles(int bins) {
    double[] edges = new double[bands + 2];
    for (int i = 0; i < edges.length; i++) edges[i] = hertz(mel(HIGHEST) * i / (bands + 1));
    double[] triangles = new double[bands * bins];
    for (int band = 0; band < bands; band++)
      for (int bin = 0; bin < bins; bin++) {
        double frequency = (double) (rate / 2) * bin / (bins - 1);
        double up = (frequency - edges[band]) / (edges[band + 1] - edges[band]);
        double down = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1]);
        double height = 2 / (edges[band + 2] - edges[band]);
        triangles[band * bins + bin] = height * Math.max(0, Math.min(up, down));
      }
    return Tensor.of(triangles, bands, bins);
  }

  private static double mel(double hertz) {
    return hertz < LINEAR_END
        ? hertz / LINEAR_STEP
        : LINEAR_END / LINEAR_STEP + Math.log(hertz / LINEAR_END) / LOG_STEP;
  }

  private static double hertz(double mel) {
    double end = LINEAR_END / LINEAR_STEP;
    return mel < end ? mel * LINEAR_STEP : LINEAR_END * Math.exp((mel - end) * LOG_STEP);
  }
}
