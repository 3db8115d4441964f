package dev.heed.bench.jmh;

import dev.heed.loss.LinearCrossEntropy;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
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

/** What a step of 2,048 tokens spends beside matrix products of its layers. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StepParts {
  private static final int TOKENS = 2048;
  private static final int VOCABULARY = 8000;

  @Param({"128", "512"})
  public int width;

  private final LinearCrossEntropy crossEntropy = new LinearCrossEntropy(0.1, /* pad= */ 0);
  private Tensor hidden; // (N, D)
  private Tensor weight; // (V, D)
  private Tensor bias; // (V)
  private Tensor labels; // (N)

  @Setup
  public void setUp() {
    hidden = Tensor.empty(Dtype.FLOAT32, Device.CPU, TOKENS, width).normal_(0, 1);
    weight = Tensor.empty(Dtype.FLOAT32, Device.CPU, VOCABULARY, width).normal_(0, 0.1);
    bias = Tensor.zeros(Dtype.FLOAT32, Device.CPU, VOCABULARY);
    labels = Tensor.arange(TOKENS, Device.CPU);
    hidden.requiresGrad(true);
    weight.requiresGrad(true);
  }

  /** One dropout mask (N, D). */
  @Benchmark
  public long dropoutMask() {
    try (Scope scope = Scope.open()) {
      return hidden.dropoutMask(0.1).count();
    }
  }

  /** Output projection and label-smoothed cross-entropy, forward and backward. */
  @Benchmark
  public double loss() {
    try (Scope scope = Scope.open()) {
      LinearCrossEntropy.Loss loss =
          crossEntropy.of(hidden, weight, Optional.of(bias), labels, TOKENS);
      loss.value().backward();
      hidden.clearGrad();
      weight.clearGrad();
      return loss.sum();
    }
  }
}
