package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** How weights begin. */
public final class Init {
  private Init() {}

  /** Uniform with variance 2/(in + out) (Glorot and Bengio 2010, eq. 16), shape (out, in). */
  public static Tensor xavier(long out, long in) {
    double bound = Math.sqrt(6.0 / (in + out));
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, out, in).uniform_(-bound, bound);
  }

  /** Normal with mean 0. */
  public static Tensor normal(double deviation, long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, deviation);
  }

  public static Tensor zeros(long... shape) {
    return Tensor.zeros(Dtype.FLOAT32, Device.CPU, shape);
  }

  public static Tensor ones(long... shape) {
    return Tensor.full(1, Dtype.FLOAT32, Device.CPU, shape);
  }
}
