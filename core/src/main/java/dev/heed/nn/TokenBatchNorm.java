package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Batch normalisation of tokens' features (Ioffe and Szegedy 2015; for Transformers, Shen et al.
 * 2020, section 3): each feature has mean 0 and variance 1 over all real tokens of a batch in
 * training, and running statistics stand in for the batch's otherwise.
 *
 * <p>In a decoder, statistics of whole targets tell a token in training a little of those after it;
 * when generating, nothing of them is there, and running statistics are used. {@link BatchNorm} is
 * for the channels of convolutions.
 */
public final class TokenBatchNorm extends Norm {
  /** Its options. */
  public record Options(
      @Doc("how much of a batch's statistics the running ones take over") double momentum,
      @Doc("added to variances") double eps)
      implements Norm.Options {
    public Options {
      if (!(momentum > 0 && momentum <= 1))
        throw new IllegalArgumentException("momentum must be above 0 and at most 1: " + momentum);
      Norm.eps(eps);
    }

    @Override
    public Norm norm(int size) {
      return new TokenBatchNorm(size, momentum, eps);
    }
  }

  private final Tensor gain; // (D)
  private final Tensor bias; // (D)
  private final Tensor mean; // (D)
  private final Tensor variance; // (D)
  private final double momentum;
  private final double eps;

  public TokenBatchNorm(long size, double momentum, double eps) {
    this.gain = parameter("weight", Init.ones(size));
    this.bias = parameter("bias", Init.zeros(size));
    this.mean = buffer("mean", Init.zeros(size));
    this.variance = buffer("variance", Init.ones(size));
    this.momentum = momentum;
    this.eps = eps;
  }

  @Override
  public Tensor forward(Tensor x) {
    return forward(x, Optional.empty());
  }

  @Override
  public Tensor forward(Tensor x, Optional<Tensor> real) {
    Tensor wide = x.to(gain.dtype());
    if (!training()) return normed(wide, mean, variance);
    Tensor share = TokenMeans.shares(real, wide); // (…, 1)
    Tensor centre = TokenMeans.mean(wide, share); // (D)
    Tensor apart = wide.sub(centre);
    Tensor spread = TokenMeans.mean(apart.mul(apart), share); // (D), divided by n
    try (NoGrad off = NoGrad.on()) {
      double n = 1 / share.max().item();
      mean.mul_(1 - momentum).add_(centre.detach(), momentum);
      variance.mul_(1 - momentum).add_(spread.detach(), momentum * n / Math.max(1, n - 1));
    }
    return normed(wide, centre, spread);
  }

  private Tensor normed(Tensor x, Tensor centre, Tensor spread) {
    return x.sub(centre).mul(gain.div(spread.add(eps).sqrt())).add(bias);
  }
}
