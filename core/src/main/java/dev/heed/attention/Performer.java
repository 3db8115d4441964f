package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * FAVOR+ (Choromanski et al. 2021, section 2.3 and 2.4): {@link FeatureMap} with positive random
 * features, whose products estimate softmax attention without bias,
 *
 * <pre>φ(x) = exp(W x' − ‖x'‖²/2) / √M,   x' = x / Dh^¼,   E[φ(q)·φ(k)] = exp(q·k / √Dh)</pre>
 *
 * <p>Rows of W (M, Dh) are orthogonal within blocks of Dh, each as long as a Gaussian vector is. W
 * is drawn anew after so many passes of training, and stored with the weights.
 */
public final class Performer extends FeatureMap {
  /** Its options. */
  public record Options(
      @Doc("M: random features of a head") int features,
      @Doc("passes of training after which features are drawn anew; 0 = never") int redraw)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("features", features);
      if (redraw < 0)
        throw new IllegalArgumentException("redraw must be at least 0, not " + redraw);
    }

    @Override
    public Traits traits() {
      return new Traits(true, true, false, true, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      return new Performer(this, place.headSize());
    }
  }

  private final int redraw;
  private final Tensor w; // (M, Dh)
  private final Tensor passes; // (1) since W was drawn

  public Performer(Options options, int headSize) {
    this.redraw = options.redraw();
    this.w =
        buffer("w", Tensor.of(drawn(options.features(), headSize), options.features(), headSize));
    this.passes = buffer("passes", Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1));
  }

  /** Counts a pass of training, whose queries come first. */
  @Override
  Tensor queries(Tensor q) {
    if (training() && redraw > 0) count();
    Tensor exponents = exponents(q); // (B, H, T, M)
    return exponents
        .sub(exponents.detach().amax(3).unsqueeze(3))
        .exp(); // what a query's have in common cancels
  }

  @Override
  Tensor keys(Tensor k, Optional<Tensor> real, boolean alike) {
    Tensor exponents = exponents(k); // (B, H, S, M)
    if (!alike) return exponents.exp();
    Tensor counted =
        real.map(keys -> exponents.maskedFill(keys.logicalNot(), -1e30)).orElse(exponents);
    return counted.sub(counted.detach().amax(3).amax(2).view(k.size(0), k.size(1), 1, 1)).exp();
  }

  /** log √M φ(x). */
  Tensor exponents(Tensor x) {
    Tensor scaled = x.mul(Math.pow(x.size(3), -0.25)); // (B, H, N, Dh)
    Tensor half = scaled.mul(scaled).sum(3).unsqueeze(3).mul(0.5); // (B, H, N, 1)
    // A copy in training: W may be drawn anew before the gradients of this pass are asked for.
    Tensor drawn = training() && redraw > 0 ? w.copy() : w; // (M, Dh)
    return scaled.matmul(drawn.to(x.dtype()).transpose(0, 1)).sub(half); // (B, H, N, M)
  }

  private void count() {
    try (NoGrad off = NoGrad.on()) {
      if (passes.add_(Tensor.full(1, Dtype.FLOAT32, passes.device(), 1)).item() < redraw) return;
      passes.fill_(0);
      w.copy_(Tensor.of(drawn(w.size(0), w.size(1)), w.shape()));
    }
  }

  /**
   * Gaussian rows made orthogonal within blocks, each with the length of another Gaussian vector.
   */
  private static float[] drawn(long features, long size) {
    int d = (int) size;
    float[] rows = new float[(int) features * d];
    for (int from = 0; from < features; from += d) {
      int count = (int) Math.min(d, features - from);
      double[] block = normal(count, d);
      double[] lengths = normal(count, d);
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++) subtract(block, i, j, d);
        double scale = length(lengths, i, d) / length(block, i, d);
        double own = length(block, i, d);
        for (int c = 0; c < d; c++) {
          rows[(from + i) * d + c] = (float) (block[i * d + c] * scale);
          block[i * d + c] /= own;
        }
      }
    }
    return rows;
  }

  /** Takes from row i its part along row j, which has length 1. */
  private static void subtract(double[] block, int i, int j, int d) {
    double dot = 0;
    for (int c = 0; c < d; c++) dot += block[i * d + c] * block[j * d + c];
    for (int c = 0; c < d; c++) block[i * d + c] -= dot * block[j * d + c];
  }

  private static double length(double[] block, int row, int d) {
    double sum = 0;
    for (int c = 0; c < d; c++) sum += block[row * d + c] * block[row * d + c];
    return Math.sqrt(sum);
  }

  private static double[] normal(long rows, long columns) {
    return Tensor.empty(Dtype.FLOAT64, Device.CPU, rows, columns).normal_(0, 1).toDoubles();
  }
}
