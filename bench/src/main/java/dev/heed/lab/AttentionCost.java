package dev.heed.lab;

import dev.heed.attention.Kernel;
import dev.heed.attention.Mixer;
import dev.heed.attention.Pass;
import dev.heed.attention.Place;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.bench.Machine;
import dev.heed.bench.Serve;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What self-attention of one length costs: a new process measures one contender and ends, so that
 * its memory is nobody else's.
 *
 * @param rows sequences at once, B
 * @param training whether gradients are computed, too
 */
record AttentionCost(Contender contender, int n, int rows, int d, int heads, boolean training)
    implements Serve.Contestant {
  private static final int WARM_UP = 128; // tokens
  private static final int WARM_UPS = 10;

  @Override
  public Map<String, Object> answer(String command, int number) {
    Randomness.seed(1);
    Work small = new Work(WARM_UP);
    for (int i = 0; i < WARM_UPS; i++) small.run();
    Work work = new Work(n);
    double before = Machine.mib("VmRSS");
    work.run();
    double peak = Machine.peakMiB();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("milliseconds", 1000 * Timing.median(work::run));
    figures.put("MiB", Math.max(0, peak - before));
    figures.put("parameters", work.mixer.parameterCount());
    if (!training && contender.isLikeDense()) figures.put("relative error", error());
    return figures;
  }

  private Place place(int length) {
    return new Place(d, heads, length, 0, false);
  }

  /** One sequence length's module and input. */
  private final class Work {
    private final Mixer mixer;
    private final Tensor x; // (B, T, D)
    private final Tensor cotangent; // (B, T, D)
    private final Pass pass;

    Work(int length) {
      mixer = contender.mixer(place(length));
      mixer.training(training);
      x = normal(rows, length, d).requiresGrad(training);
      cotangent = training ? normal(rows, length, d) : x;
      pass = Pass.both(Tensor.zeros(Dtype.INT64, Device.CPU, rows, length), Mask.NONE);
    }

    void run() {
      if (training) train();
      else forward();
    }

    private void forward() {
      try (Scope scope = Scope.open();
          NoGrad off = NoGrad.on()) {
        mixer.forward(x, pass);
      }
    }

    private void train() {
      x.clearGrad();
      mixer.weights().forEach(Tensor::clearGrad);
      try (Scope scope = Scope.open()) {
        mixer.forward(x, pass).backward(cotangent);
      }
    }
  }

  /**
   * ‖out − dense‖ / ‖dense‖ of the heads' outputs for queries, keys and values of independent
   * standard normal numbers, such as Xavier's projections make of standard normal inputs.
   */
  private double error() {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Kernel kernel = contender.kernel(place(n)).orElseThrow();
      kernel.training(false);
      Tensor q = normal(rows, heads, n, d / heads);
      Tensor k = normal(rows, heads, n, d / heads);
      Tensor v = normal(rows, heads, n, d / heads);
      Tensor dense = new ScaledDotProduct().attend(q, k, v, Mask.NONE);
      return kernel.attend(q, k, v, Mask.NONE).sub(dense).norm().item() / dense.norm().item();
    }
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1);
  }
}
