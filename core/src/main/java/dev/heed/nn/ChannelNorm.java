package dev.heed.nn;

import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;

/** Each channel of each sound to mean 0 and variance 1 over time (Wu and He 2018, G = C). */
public final class ChannelNorm extends Module {
  private static final double EPS = 1e-5;

  private final int channels;
  private final Tensor gain;
  private final Tensor bias;

  public ChannelNorm(int channels) {
    this.channels = channels;
    this.gain = parameter("weight", Init.ones(channels));
    this.bias = parameter("bias", Init.zeros(channels));
  }

  /** (B, C, N) → (B, C, N). */
  public Tensor forward(Tensor x) {
    return Signals.groupNorm(x, channels, gain, bias, EPS);
  }
}
