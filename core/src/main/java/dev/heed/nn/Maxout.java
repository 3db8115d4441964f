package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** The greater of two linear maps, unit by unit (Goodfellow et al. 2013). */
public final class Maxout extends Module {
  private final Linear map;

  public Maxout(long in, long out) {
    this.map = child("map", new Linear(in, 2 * out, true));
  }

  /** (B, T, in) → (B, T, out): unit j is the greater of 2j and 2j + 1. */
  public Tensor forward(Tensor x) {
    Tensor pieces = map.forward(x); // (B, T, 2·out)
    return pieces.view(x.size(0), x.size(1), -1, 2).amax(-1); // (B, T, out)
  }
}
