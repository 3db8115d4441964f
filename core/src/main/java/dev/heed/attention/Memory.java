package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * What a decoder reads: the encoder's output.
 *
 * @param states (B, S, D)
 * @param real BOOL (B, S), which of them are no padding; empty if all are
 */
public record Memory(Tensor states, Optional<Tensor> real) {
  /** Every query may attend to what is real. */
  public Mask mask() {
    return real.map(Mask::padding).orElse(Mask.NONE);
  }
}
