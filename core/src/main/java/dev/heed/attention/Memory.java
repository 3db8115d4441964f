package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * What a decoder reads: the encoder's output.
 *
 * @param states (B, S, D)
 * @param real BOOL (B, S), which of them are no padding; empty if all are
 * @param mask lets every query attend to what is real; all layers of a pass share it
 * @param beside (B, …), what else an encoder hands over, such as a recurrence's last state
 */
public record Memory(Tensor states, Optional<Tensor> real, Mask mask, Optional<Tensor> beside) {
  public Memory(Tensor states, Optional<Tensor> real) {
    this(states, real, Optional.empty());
  }

  public Memory(Tensor states, Optional<Tensor> real, Optional<Tensor> beside) {
    this(states, real, real.map(Mask::padding).orElse(Mask.NONE), beside);
  }
}
