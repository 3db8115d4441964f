package dev.heed.attention;

import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/**
 * Mixing by a Fourier transform instead of attention (Lee-Thorp et al. 2021, "FNet", equation 3):
 *
 * <pre>
 * y = Re(F_T(F_D(x)))
 * </pre>
 *
 * <p>F_D along the width and F_T along the tokens, without weights and without a mask: padding is
 * mixed in like any token. B batch, T tokens, D model.
 */
public final class FourierMixing extends Module {
  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x) {
    return x.fourierReal();
  }
}
