package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** Leaves out a whole layer in training with probability p (Fan et al. 2020, section 3.1). */
public final class LayerDrop extends Module {
  private final double p;

  public LayerDrop(double p) {
    this.p = Dropout.probability("layerdrop", p);
  }

  /** Draws whether the next layer is to be left out. */
  public boolean skips() {
    if (!training() || p == 0) return false;
    return Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1).dropoutMask(p).item() == 0;
  }
}
