package dev.heed.nn;

import dev.heed.tensor.Randomness;

/** Leaves whole layers out with probability p in training (Fan, Grave and Joulin 2020). */
public final class LayerDrop extends Module {
  private final double p;

  public LayerDrop(double p) {
    this.p = Dropout.probability("layer drop", p);
  }

  /** Whether the next layer is to be left out; drawn anew each time. */
  public boolean skips() {
    return training() && p > 0 && (Randomness.next() >>> 11) * 0x1.0p-53 < p;
  }
}
