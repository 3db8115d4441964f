package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Custom;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * PowerNorm (Shen et al. 2020, algorithm 2): each feature is divided by a running quadratic mean ψ
 * over the tokens of earlier batches, and the backward pass is approximated by a running mean ν.
 *
 * <pre>
 * forward   x̂ = x / √(ψ² + eps);  y = g x̂ + b;              ψ² ← a ψ² + (1 − a) mean(x²)
 * backward  x̃ = g dy − ν x̂;      dx = x̃ / √(ψ² + eps);     ν ← ν (1 − (1 − a) mean(x̂²)) + (1 − a) mean(g dy x̂)
 * </pre>
 *
 * <p>Means are over the real tokens of a batch in training, and padding gets no gradient;
 * evaluation uses the last ψ, so that a token is normalised alike whatever stands beside it.
 */
public final class PowerNorm extends Norm {
  /** Its options. */
  public record Options(
      @Doc("how much of the running means stays at each batch") double decay,
      @Doc("added to quadratic means") double eps)
      implements Norm.Options {
    public Options {
      if (!(decay >= 0 && decay < 1))
        throw new IllegalArgumentException("decay must be at least 0 and below 1, not " + decay);
      Norm.eps(eps);
    }

    @Override
    public Norm norm(int size) {
      return new PowerNorm(size, decay, eps);
    }
  }

  private final Tensor gain; // (D)
  private final Tensor bias; // (D)
  private final Tensor square; // ψ² (D)
  private final Tensor slope; // ν (D)
  private final double decay;
  private final double eps;

  public PowerNorm(long size, double decay, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.bias = parameter("bias", Init.zeros(size));
    this.square = buffer("square", Init.ones(size));
    this.slope = buffer("slope", Init.zeros(size));
    this.decay = decay;
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor x) {
    return forward(x, Optional.empty());
  }

  @Override
  public Tensor forward(Tensor x, Optional<Tensor> real) {
    Tensor wide = x.to(gain.dtype());
    Tensor scale = root(); // of the batches before: the backward pass needs it as it is now
    if (!training()) return wide.mul(gain.div(scale)).add(bias);
    Tensor share = TokenMeans.shares(real, wide); // (…, 1)
    Tensor y =
        Custom.apply(
            List.of(wide, gain, bias),
            List.of(scale, share),
            in -> in.get(0).div(scale).mul(in.get(1)).add(in.get(2)),
            (in, out, dy) -> backward(in.get(0).div(scale), scale, share, in.get(1), dy));
    average(square, TokenMeans.mean(wide.detach().mul(wide.detach()), share));
    return y;
  }

  private Tensor root() {
    try (NoGrad off = NoGrad.on()) {
      return square.add(eps).sqrt();
    }
  }

  private List<Tensor> backward(Tensor xhat, Tensor scale, Tensor share, Tensor g, Tensor dy) {
    Tensor dxhat = dy.mul(g);
    Tensor isReal = share.ne(0).to(dy.dtype()); // (…, 1)
    Tensor dx = dxhat.sub(xhat.mul(slope)).div(scale).mul(isReal);
    Tensor turned = TokenMeans.mean(dxhat.mul(xhat), share); // (D)
    Tensor power = TokenMeans.mean(xhat.mul(xhat), share); // (D)
    slope.copy_(slope.sub(slope.mul(power).mul(1 - decay)).add(turned, 1 - decay));
    int[] tokens = new int[dy.dims() - 1];
    for (int dim = 0; dim < tokens.length; dim++) tokens[dim] = dim;
    return List.of(dx, dy.mul(xhat).sum(tokens), dy.sum(tokens));
  }

  private void average(Tensor running, Tensor now) {
    try (NoGrad off = NoGrad.on()) {
      running.mul_(decay).add_(now.to(running.dtype()), 1 - decay);
    }
  }
}
