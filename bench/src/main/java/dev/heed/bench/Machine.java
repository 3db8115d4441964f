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

/** What a machine gives, and what a process takes of it. */
final class Machine {
  private static final int SIZE = 2048;
  private static final int PRODUCTS = 5;

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

  /** This process's greatest resident set so far, in MiB; NaN where the system doesn't tell. */
  static double peakMiB() {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) return Double.NaN;
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw FileErrors.unreadable(status, e);
    }
  }
}
