package dev.heed.position;

import dev.heed.nn.Sizes;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Rotary positions (Su et al. 2021, eq. 34): pair t of a query's or key's features is turned by the
 * angle a = position · θₜ, so that a query's product with a key depends on their distance alone.
 *
 * <pre>(x₁, x₂) → (x₁ cos a − x₂ sin a, x₂ cos a + x₁ sin a),  θₜ = base^(−2t/Dr)</pre>
 *
 * <p>{@link RotaryConfig} has the scalings of θ for texts longer than those trained on. Dr features
 * of each head are turned; an odd Dr is rounded up. Nothing is stored: positions have no end.
 */
public final class Rotary extends Position implements Places {
  /** Which features make a pair. */
  public enum Layout {
    /** 2t and 2t + 1, as in the paper and GPT-J. */
    INTERLEAVED,
    /** t and t + Dr/2, as in GPT-NeoX and Llama. */
    HALVES
  }

  private final RotaryConfig config;
  private final int size;
  private final int positions;
  private final Layout layout;
  private int shift;

  /**
   * @param size Dr
   * @param positions the longest text that the model is meant for, in tokens
   * @throws IllegalArgumentException if the config lacks what its scaling needs
   */
  public Rotary(RotaryConfig config, int size, int positions, Layout layout) {
    Sizes.positive("the features that rotary positions turn", size);
    this.config = config;
    this.size = size;
    this.positions = positions;
    this.layout = layout;
    config.check();
  }

  /**
   * @param places INT64 (B or 1, T)
   * @param length one more than the greatest place
   * @param dtype of what is to be turned
   */
  public Rotation at(Tensor places, long length, Dtype dtype) {
    double[] theta = config.frequencies(size, positions, length + shift);
    double[] signed = new double[2 * theta.length]; // cos(−a) = cos a, sin(−a) = −sin a
    for (int t = 0; t < theta.length; t++) {
      signed[layout == Layout.HALVES ? t : 2 * t] = -theta[t];
      signed[layout == Layout.HALVES ? theta.length + t : 2 * t + 1] = theta[t];
    }
    Tensor angles =
        places
            .to(Dtype.FLOAT64)
            .add(shift)
            .unsqueeze(-1)
            .unsqueeze(-1) // (B or 1, T, 1, 1)
            .mul(Tensor.of(signed, signed.length).to(places.device())); // (B or 1, T, 1, Dr)
    double stretch = config.stretch(positions);
    return new Rotation(
        scaled(angles.cos(), stretch, dtype), scaled(angles.sin(), stretch, dtype), layout);
  }

  @Override
  public Optional<Rotation> rotation(Tensor places, long length, Dtype dtype) {
    return Optional.of(at(places, length, dtype));
  }

  @Override
  public void shift(int by) {
    shift = by;
  }

  private static Tensor scaled(Tensor x, double factor, Dtype dtype) {
    return (factor == 1 ? x : x.mul(factor)).to(dtype);
  }
}
