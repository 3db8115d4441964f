package dev.heed.tensor;

import java.util.Collection;

/** Turns float32 parameters into another type in place, so that a test can compute in float64. */
public final class Retype {
  private Retype() {}

  public static void to(Dtype dtype, Collection<Tensor> parameters) {
    for (Tensor parameter : parameters) parameter.at.set_data(parameter.at.to(dtype.engine));
  }
}
