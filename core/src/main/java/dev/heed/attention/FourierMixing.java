package dev.heed.attention;

import dev.heed.tensor.Tensor;

/**
 * Mixing by a Fourier transform instead of attention (Lee-Thorp et al. 2021, "FNet", equation 3):
 *
 * <pre>
 * y = Re(F_T(F_D(x)))
 * </pre>
 *
 * <p>F_D along the width and F_T along the tokens, without weights and without a mask: padding is
 * mixed in like any token. So are later tokens, and a transform of the first t tokens isn't part of
 * that of all: there is none for decoders. B batch, T tokens, D model.
 */
public final class FourierMixing extends Mixer {
  /** Its options: none. */
  public record Options() implements Mechanism {
    @Override
    public Traits traits() {
      return Traits.encoder(Traits.Complexity.LOG_LINEAR);
    }

    @Override
    public Mixer self(Place place) {
      return new FourierMixing();
    }
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x) {
    return x.fourierReal();
  }

  /** (B, T, D) → (B, T, D), whatever the pass masks. */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return forward(x);
  }
}
