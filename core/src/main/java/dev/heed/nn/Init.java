package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** How weights begin. */
public final class Init {
  private static final ThreadLocal<Boolean> SKIPPED = ThreadLocal.withInitial(() -> false);

  private Init() {}

  /**
   * Until the result is closed, the weights that this thread makes are memory that nobody has
   * written to: a model that will be read from a file is made at once, whatever its size.
   */
  public static Skip skip() {
    SKIPPED.set(true);
    return () -> SKIPPED.set(false);
  }

  /** Ends with {@link #close}. */
  public interface Skip extends AutoCloseable {
    @Override
    void close();
  }

  private static Tensor empty(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape);
  }

  /** Uniform with variance 2/(in + out) (Glorot and Bengio 2010, eq. 16), shape (out, in). */
  public static Tensor xavier(long out, long in) {
    double bound = Math.sqrt(6.0 / (in + out));
    return SKIPPED.get() ? empty(out, in) : empty(out, in).uniform_(-bound, bound);
  }

  /** Normal with mean 0. */
  public static Tensor normal(double deviation, long... shape) {
    return SKIPPED.get() ? empty(shape) : empty(shape).normal_(0, deviation);
  }

  public static Tensor zeros(long... shape) {
    return Tensor.zeros(Dtype.FLOAT32, Device.CPU, shape);
  }

  public static Tensor ones(long... shape) {
    return Tensor.full(1, Dtype.FLOAT32, Device.CPU, shape);
  }
}
