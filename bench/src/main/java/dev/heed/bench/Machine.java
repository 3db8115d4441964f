package dev.heed.bench;

import dev.heed.config.FileErrors;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** What a machine gives, and what a process takes of it. */
public final class Machine {
  private static final int SIZE = 2048;
  private static final int PRODUCTS = 5;
  private static final long READ = 1L << 26; // float32 numbers: 256 MiB
  private static final int READINGS = 5;

  private Machine() {}

  /** FLOP/s of float32 products of 2048 × 2048 matrices: the best of a few on this thread. */
  static double productRate() {
    double best = 0;
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor a = Tensor.empty(Dtype.FLOAT32, Device.CPU, SIZE, SIZE).uniform_(-1, 1);
      Tensor b = Tensor.empty(Dtype.FLOAT32, Device.CPU, SIZE, SIZE).uniform_(-1, 1);
      for (int i = 0; i < PRODUCTS; i++) {
        long start = System.nanoTime();
        Tensor product = a.matmul(b);
        best = Math.max(best, 2.0 * SIZE * SIZE * SIZE * 1e9 / (System.nanoTime() - start));
        scope.release(product);
      }
    }
    return best;
  }

  /**
   * Bytes a second in which memory is read, by this many threads, of a buffer that no cache holds:
   * the best of a few sums and dot products.
   */
  static double readRate() {
    double best = 0;
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor all = Tensor.zeros(Dtype.FLOAT32, Device.CPU, READ).fill_(1);
      for (int i = 0; i < READINGS; i++)
        for (Supplier<Tensor> read :
            List.<Supplier<Tensor>>of(
                all::sum,
                () -> all.narrow(0, 0, READ / 2).dot(all.narrow(0, READ / 2, READ / 2)))) {
          long start = System.nanoTime();
          scope.release(read.get());
          best = Math.max(best, READ * Float.BYTES * 1e9 / (System.nanoTime() - start));
        }
      scope.release(all);
    }
    return best;
  }

  /** This process's greatest resident set so far, in MiB; NaN where the system doesn't tell. */
  public static double peakMiB() {
    return mib("VmHWM");
  }

  /** A line of this process's {@code /proc/self/status}, in MiB; NaN where there is none. */
  public static double mib(String name) {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) return Double.NaN;
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith(name + ":"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw FileErrors.unreadable(status, e);
    }
  }
}
