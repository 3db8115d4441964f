package dev.heed.position;

import dev.heed.config.Doc;
import dev.heed.config.Key;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The frequencies of {@link Rotary}, θₜ = base^(−2t/Dr), and how they are scaled for texts longer
 * than those that a model was trained on.
 *
 * <p>Hugging Face writes them in {@code rope_parameters} since version 5, before that in {@code
 * rope_scaling} and beside it. Keys and their defaults are those of its {@code
 * modeling_rope_utils.py}.
 */
public record RotaryConfig(
    @Key({
          "rope_parameters.rope_type",
          "rope_parameters.type",
          "rope_scaling.rope_type",
          "rope_scaling.type"
        })
        @Doc("how frequencies are scaled")
        Scaling scaling,
    @Key({"rope_parameters.rope_theta", "rope_theta", "rotary_emb_base", "rope_scaling.rope_theta"})
        @Doc("the base of the frequencies")
        double base,
    @Key({
          "rope_parameters.partial_rotary_factor",
          "partial_rotary_factor",
          "rotary_pct",
          "rope_scaling.partial_rotary_factor"
        })
        @Doc("which part of a head is turned; all if it isn't given")
        OptionalDouble share,
    @Key({"rope_parameters.factor", "rope_scaling.factor"}) @Doc("how much longer texts get")
        OptionalDouble factor,
    @Key({
          "rope_parameters.original_max_position_embeddings",
          "rope_scaling.original_max_position_embeddings",
          "original_max_position_embeddings"
        })
        @Doc("the longest text trained on; the model's positions if it isn't given")
        OptionalInt trained,
    @Key({"rope_parameters.low_freq_factor", "rope_scaling.low_freq_factor"})
        @Doc("llama3: fewer turns than this in a trained text are slowed by the factor")
        OptionalDouble low,
    @Key({"rope_parameters.high_freq_factor", "rope_scaling.high_freq_factor"})
        @Doc("llama3: more turns than this are left alone")
        OptionalDouble high,
    @Key({"rope_parameters.attention_factor", "rope_scaling.attention_factor"})
        @Doc("yarn: what queries and keys are multiplied by")
        OptionalDouble attention,
    @Key({"rope_parameters.beta_fast", "rope_scaling.beta_fast"})
        @Doc("yarn: more turns than this in a trained text are left alone; 32 if it isn't given")
        OptionalDouble fast,
    @Key({"rope_parameters.beta_slow", "rope_scaling.beta_slow"})
        @Doc("yarn: fewer turns than this are slowed by the factor; 1 if it isn't given")
        OptionalDouble slow,
    @Key({"rope_parameters.mscale", "rope_scaling.mscale"})
        @Doc("yarn: weight of log factor above the line of the attention factor")
        OptionalDouble above,
    @Key({"rope_parameters.mscale_all_dim", "rope_scaling.mscale_all_dim"})
        @Doc("yarn: and below it")
        OptionalDouble below,
    @Key({"rope_parameters.truncate", "rope_scaling.truncate"})
        @Doc("yarn: round the range between slow and fast to whole frequencies")
        boolean truncate) {

  /** Ways to scale. */
  public enum Scaling {
    /** None. */
    DEFAULT,
    /** Positions are divided by the factor (Chen et al. 2023, section 2.3). */
    LINEAR,
    /**
     * The base grows with the text (bloc97 and emozilla 2023). Keys that were cached when it was
     * shorter keep their angles, as in Hugging Face.
     */
    DYNAMIC,
    /** Low frequencies are slowed, high ones left (Llama 3.1's reference code). */
    LLAMA3,
    /** The same with a ramp in the number of the frequency (Peng et al. 2023, section 3). */
    YARN
  }

  /** No scaling. */
  public static RotaryConfig plain(double base) {
    return partial(base, OptionalDouble.empty());
  }

  /** No scaling; {@code share} of each head is turned. */
  public static RotaryConfig partial(double base, OptionalDouble share) {
    OptionalDouble none = OptionalDouble.empty();
    return new RotaryConfig(
        Scaling.DEFAULT,
        base,
        share,
        none,
        OptionalInt.empty(),
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        true);
  }

  /** How many features of a head are turned. */
  public int of(int headSize) {
    return (int) (headSize * share.orElse(1));
  }

  /**
   * @throws IllegalArgumentException if only a part of each head is to be turned, for models that
   *     turn the whole of it
   */
  public void wholeHeads() {
    if (share.orElse(1) != 1)
      throw new IllegalArgumentException(
          "partial_rotary_factor is %s, but this model turns whole heads: leave it out"
              .formatted(share.getAsDouble()));
  }

  void check() {
    if (!(base > 0)) throw new IllegalArgumentException("rope_theta must be above 0, not " + base);
    boolean stretches = scaling == Scaling.LINEAR || scaling == Scaling.DYNAMIC;
    if (stretches || scaling == Scaling.LLAMA3) needs("factor", factor);
    if (scaling == Scaling.LLAMA3) {
      needs("low_freq_factor", low);
      needs("high_freq_factor", high);
    }
  }

  private void needs(String key, OptionalDouble value) {
    if (value.isEmpty())
      throw new IllegalArgumentException(
          "rope_parameters lack %s, which rope_type \"%s\" needs"
              .formatted(key, scaling.name().toLowerCase(Locale.ROOT)));
  }

  /** θₜ for a text of {@code length} tokens. */
  double[] frequencies(int size, int positions, long length) {
    return switch (scaling) {
      case DEFAULT -> powers(base, size);
      case LINEAR -> linear(size);
      case DYNAMIC -> powers(dynamicBase(size, positions, length), size);
      case LLAMA3 -> llama3(size, trained.orElse(positions));
      case YARN -> yarn(size, positions);
    };
  }

  /** What cosines and sines are multiplied by. */
  double stretch(int positions) {
    if (scaling != Scaling.YARN) return 1;
    return attention.orElseGet(
        () -> {
          boolean both = above.orElse(0) != 0 && below.orElse(0) != 0;
          return temper(positions, both ? above.getAsDouble() : 1)
              / (both ? temper(positions, below.getAsDouble()) : 1);
        });
  }

  private static double[] powers(double base, int size) {
    double[] theta = new double[(size + 1) / 2];
    for (int t = 0; t < theta.length; t++) theta[t] = Math.pow(base, -2.0 * t / size);
    return theta;
  }

  private double[] linear(int size) {
    double[] theta = powers(base, size);
    for (int t = 0; t < theta.length; t++) theta[t] /= factor.getAsDouble();
    return theta;
  }

  /** base · (s·N/L − (s − 1))^(Dr/(Dr − 2)) for N tokens, from the L positions on. */
  private double dynamicBase(int size, int positions, long length) {
    double s = factor.getAsDouble();
    double n = Math.max(length, positions);
    return base * Math.pow(s * n / positions - (s - 1), size / (size - 2.0));
  }

  private double[] llama3(int size, int trained) {
    double[] theta = powers(base, size);
    for (int t = 0; t < theta.length; t++) {
      double turns = trained * theta[t] / (2 * Math.PI);
      double keep =
          (turns - low.getAsDouble()) / (high.getAsDouble() - low.getAsDouble()); // 0: slow it
      theta[t] *= mix(keep, 1, 1 / factor.getAsDouble());
    }
    return theta;
  }

  private double[] yarn(int size, int positions) {
    double from = turning(fast.orElse(32), size, trained.orElse(positions));
    double to = turning(slow.orElse(1), size, trained.orElse(positions));
    double first = Math.max(truncate ? Math.floor(from) : from, 0);
    double last = Math.min(truncate ? Math.ceil(to) : to, size - 1);
    double width = first == last ? 0.001 : last - first;
    double[] theta = powers(base, size);
    for (int t = 0; t < theta.length; t++)
      theta[t] *= mix((t - first) / width, 1 / yarnFactor(positions), 1);
    return theta;
  }

  private double yarnFactor(int positions) {
    return factor.orElseGet(() -> (double) positions / trained.orElse(positions));
  }

  /** The (fractional) number of the frequency that turns so often in a trained text (eq. 22). */
  private double turning(double turns, int size, int trained) {
    return size * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }

  private double temper(int positions, double weight) {
    double factor = yarnFactor(positions);
    return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
  }

  /** {@code b} at share 0 and below, {@code a} at 1 and above, linear between. */
  private static double mix(double share, double a, double b) {
    double s = Math.min(Math.max(share, 0), 1);
    return s * a + (1 - s) * b;
  }
}
