package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;

/** How weights begin. */
public final class Init {
  private static final ThreadLocal<Boolean> SKIPPED = ThreadLocal.withInitial(() -> false);

  private static final ThreadLocal<Limit> LIMIT =
      ThreadLocal.withInitial(() -> new Limit(Double.POSITIVE_INFINITY, ""));

  private record Limit(double left, String otherwise) {}

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

  /**
   * Until the result is closed, this thread makes no more than so many numbers, so that memory
   * isn't taken for a model of impossible sizes.
   *
   * @param otherwise what to say then
   */
  public static Skip limit(double numbers, String otherwise) {
    Limit before = LIMIT.get();
    LIMIT.set(new Limit(numbers, otherwise));
    return () -> LIMIT.set(before);
  }

  /**
   * Counts numbers that a model is about to make.
   *
   * @throws IllegalArgumentException if they are more than {@link #limit} allows
   */
  public static void count(long... shape) {
    double left = LIMIT.get().left();
    double asked = 1;
    for (long side : shape) asked *= side;
    if (asked > left) throw new IllegalArgumentException(LIMIT.get().otherwise());
    LIMIT.set(new Limit(left - asked, LIMIT.get().otherwise()));
  }

  private static Tensor empty(long... shape) {
    count(shape);
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape);
  }

  /** Uniform with variance 2/(in + out) (Glorot and Bengio 2010, eq. 16), shape (out, in). */
  public static Tensor xavier(long out, long in) {
    double bound = Math.sqrt(6.0 / (in + out));
    return SKIPPED.get() ? empty(out, in) : empty(out, in).uniform_(-bound, bound);
  }

  /** Several such matrices of one input, one above the other, the first times {@code gain}. */
  static Tensor xavier(List<Long> outs, long in, double gain) {
    Tensor rows = empty(outs.stream().mapToLong(out -> out).sum(), in);
    long start = 0;
    for (long out : outs) {
      double bound = (start == 0 ? gain : 1) * Math.sqrt(6.0 / (in + out));
      if (!SKIPPED.get()) rows.narrow(0, start, out).uniform_(-bound, bound);
      start += out;
    }
    return rows;
  }

  /** Normal with mean 0. */
  public static Tensor normal(double deviation, long... shape) {
    return SKIPPED.get() ? empty(shape) : empty(shape).normal_(0, deviation);
  }

  /** {@code blocks} orthogonal matrices (Saxe et al. 2014), one above the other. */
  public static Tensor orthogonal(int blocks, long size) {
    Tensor rows = empty(blocks * size, size);
    if (!SKIPPED.get())
      for (int i = 0; i < blocks; i++) rows.narrow(0, i * size, size).orthogonal_();
    return rows;
  }

  /**
   * Starts a model's parameters otherwise than its parts do.
   *
   * @param how writes over a parameter of that dotted name
   */
  public static void again(Module model, BiConsumer<String, Tensor> how) {
    if (SKIPPED.get()) return;
    try (NoGrad off = NoGrad.on()) {
      model.parameters().forEach(how);
    }
  }

  public static Tensor zeros(long... shape) {
    count(shape);
    return Tensor.zeros(Dtype.FLOAT32, Device.CPU, shape);
  }

  public static Tensor ones(long... shape) {
    count(shape);
    return Tensor.full(1, Dtype.FLOAT32, Device.CPU, shape);
  }
}
