package dev.heed.bench.jmh;

import dev.heed.attention.ScaledDotProduct;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Forward causal self-attention of 2,048 tokens, 8 heads of 64: our choice of path or the fused.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionPaths {
  private static final int TOKENS = 2048;
  private static final int HEADS = 8;
  private static final int HEAD_SIZE = 64;

  @Param({"16", "64", "256", "1024"})
  public int length;

  private final ScaledDotProduct kernel = new ScaledDotProduct();
  private Tensor x; // (B, H, T, Dh)

  @Setup
  public void setUp() {
    x =
        Tensor.empty(Dtype.FLOAT32, Device.CPU, TOKENS / length, HEADS, length, HEAD_SIZE)
            .normal_(0, 1);
  }

  @Benchmark
  public double ours() {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      return kernel.attend(x, x, x, Mask.causal()).count();
    }
  }

  @Benchmark
  public double fused() {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      double scale = 1 / Math.sqrt(HEAD_SIZE);
      return Tensor.fusedAttention(x, x, x, Optional.empty(), /* causal= */ true, scale).count();
    }
  }
}
