package dev.heed.loss;

import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Label-smoothed cross-entropy of softmax(h Wᵀ + b) (Szegedy et al. 2016, section 7; Vaswani et al.
 * 2017, section 5.4), from hidden states rather than logits:
 *
 * <pre>loss = Σᵢ −(1−ε) log pᵢ[yᵢ] − (ε/V) Σᵥ log pᵢ[v]</pre>
 *
 * <p>The N·V logits never stand in memory: a block of rows at a time is scored, and its gradient
 *
 * <pre>∂loss/∂logits = p − (1−ε)·onehot(y) − ε/V</pre>
 *
 * goes into those of h, W and b at once, as products and row sums, so that the block is read and
 * written three times instead of the dozen of a graph of operators. Only of what is trained are
 * gradients computed.
 */
public final class LinearCrossEntropy {
  /** Logits of a block: 16 MiB, which stay in the last-level cache. */
  private static final long BLOCK = 1 << 22;

  private final double smoothing;
  private final int pad;

  /**
   * @param smoothing ε, the probability spread over all V tokens
   * @param pad the label that doesn't count
   */
  public LinearCrossEntropy(double smoothing, int pad) {
    if (!(smoothing >= 0 && smoothing < 1))
      throw new IllegalArgumentException(
          "labelSmoothing must be at least 0 and below 1, not " + smoothing);
    this.smoothing = smoothing;
    this.pad = pad;
  }

  /**
   * @param value the smoothed loss over the divisor, a scalar to call {@code backward} on
   * @param sum the smoothed loss, summed over the labels that count
   * @param nll Σ −log p[y], for perplexity
   */
  public record Loss(Tensor value, double sum, double nll) {}

  /**
   * @param hidden (N, D)
   * @param weight (V, D)
   * @param bias (V), added to the logits
   * @param labels INT64 (N)
   * @param divisor what the sum is divided by: the number of labels of the whole step
   */
  public Loss of(
      Tensor hidden, Tensor weight, Optional<Tensor> bias, Tensor labels, double divisor) {
    // A view, for unlike W itself it wants no gradient where gradients are switched off.
    boolean learnsWeight = weight.view(weight.shape()).requiresGrad();
    Optional<Tensor> learned = bias.map(b -> b.view(-1)).filter(Tensor::requiresGrad);
    boolean training = hidden.requiresGrad() || learnsWeight || learned.isPresent();
    Block total =
        new Block(
            hidden.detach().to(Dtype.FLOAT32),
            weight.detach(),
            bias.map(Tensor::detach),
            learnsWeight,
            learned.isPresent(),
            divisor);
    try (NoGrad off = NoGrad.on()) {
      long rows = Math.max(1, BLOCK / weight.size(0));
      for (long start = 0; start < labels.size(0); start += rows)
        try (Scope block = Scope.open()) {
          total.add(labels, start, Math.min(rows, labels.size(0) - start), training);
        }
    }
    double sum = (1 - smoothing) * total.nll + smoothing / weight.size(0) * total.allNll;
    if (!training) return new Loss(Tensor.of(new double[] {sum / divisor}, 1), sum, total.nll);
    return new Loss(total.attach(hidden, weight, learned, sum / divisor), sum, total.nll);
  }

  /** The sums over blocks, and the gradients where they are wanted. */
  private final class Block {
    private final Tensor hidden;
    private final Tensor weight;
    private final Optional<Tensor> bias;
    private final Tensor weightT; // (D, V), contiguous: with V summed over, oneDNN is twice as fast
    private final double scale;
    private final Tensor hiddenGrad;
    private final Optional<Tensor> weightGrad;
    private final Optional<Tensor> biasGrad;
    private final Tensor weightSum; // (D) = Σᵥ W[v]
    private final Tensor hiddenSum; // (D) = Σᵢ h[i]·scale over labels that count
    private double countSum; // Σᵢ scale over labels that count
    private double nll;
    private double allNll;

    Block(
        Tensor hidden,
        Tensor weight,
        Optional<Tensor> bias,
        boolean learnsWeight,
        boolean learnsBias,
        double divisor) {
      this.hidden = hidden;
      this.bias = bias;
      this.weight = weight;
      this.weightT = weight.transpose(0, 1).contiguous();
      this.scale = 1 / divisor;
      this.hiddenGrad = Tensor.empty(Dtype.FLOAT32, hidden.device(), hidden.shape());
      this.weightGrad = learnsWeight ? Optional.of(zeros(weight.shape())) : Optional.empty();
      this.biasGrad = learnsBias ? Optional.of(zeros(weight.size(0))) : Optional.empty();
      this.weightSum = weight.sum(0);
      this.hiddenSum = zeros(weight.size(1));
    }

    private Tensor zeros(long... shape) {
      return Tensor.zeros(Dtype.FLOAT32, weight.device(), shape);
    }

    void add(Tensor labels, long start, long rows, boolean training) {
      Tensor h = hidden.narrow(0, start, rows); // (n, D)
      Tensor given = labels.narrow(0, start, rows); // (n)
      Tensor counts = given.ne(pad).to(Dtype.FLOAT32); // (n)
      Tensor y = given.maskedFill(given.eq(pad), 0); // what doesn't count need be no token
      Tensor logP = h.linear(weight, bias).to(Dtype.FLOAT32).logSoftmax(-1); // (n, V)
      nll -= logP.gather(1, y.unsqueeze(1)).squeeze(1).mul(counts).sum().item();
      if (smoothing > 0) allNll -= logP.sum(1).mul(counts).sum().item();
      if (!training) return;

      Tensor p = logP.exp_(); // (n, V)
      Tensor scaled = counts.mul(scale).unsqueeze(1); // (n, 1)
      Tensor grad =
          p.linear(weightT, Optional.empty()) // (n, D)
              .add_(weightSum, -smoothing / weight.size(0))
              .add_(weight.indexSelect(0, y), smoothing - 1)
              .mul_(scaled);
      hiddenGrad.narrow(0, start, rows).copy_(grad);
      weightGrad.ifPresent(
          sum -> {
            Tensor counted = h.mul(scaled); // (n, D)
            sum.addmm_(p.transpose(0, 1), counted, 1);
            sum.indexAdd_(0, y, counted, smoothing - 1);
            hiddenSum.add_(counted.sum(0));
          });
      biasGrad.ifPresent(
          sum -> {
            sum.add_(p.mul_(scaled).sum(0));
            sum.indexAdd_(0, y, scaled.squeeze(1), smoothing - 1);
            countSum += scaled.sum().item();
          });
    }

    /** A scalar of this value whose gradients are those gathered, by way of inner products. */
    Tensor attach(Tensor h, Tensor w, Optional<Tensor> b, double value) {
      Tensor product = h.reshape(-1).to(Dtype.FLOAT32).dot(hiddenGrad.view(-1));
      if (weightGrad.isPresent()) {
        Tensor grad = weightGrad.get();
        try (NoGrad off = NoGrad.on()) {
          grad.add_(hiddenSum, -smoothing / weight.size(0));
        }
        product = product.add(w.view(-1).dot(grad.view(-1)));
      }
      if (biasGrad.isPresent()) {
        Tensor grad = biasGrad.get().add(-smoothing / weight.size(0) * countSum);
        product = product.add(b.orElseThrow().dot(grad));
      }
      return product.add(value - product.item());
    }
  }
}
