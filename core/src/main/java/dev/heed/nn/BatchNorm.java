package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;

/**
 * Batch normalisation of channels (Ioffe and Szegedy 2015): by the batch's statistics in training,
 * by the running ones otherwise.
 */
public final class BatchNorm extends Module {
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final Tensor gain;
  private final Tensor bias;
  private final Tensor mean;
  private final Tensor variance;
  private final Tensor batches; // INT64 ()

  public BatchNorm(int channels) {
    this.gain = parameter("weight", Init.ones(channels));
    this.bias = parameter("bias", Init.zeros(channels));
    this.mean = buffer("mean", Init.zeros(channels));
    this.variance = buffer("variance", Init.ones(channels));
    this.batches = buffer("batches", Tensor.zeros(Dtype.INT64, Device.CPU));
  }

  /** (B, C, N) → (B, C, N). */
  @SuppressWarnings("try") // NoGrad is there to be closed
  public Tensor forward(Tensor x) {
    if (training())
      try (NoGrad off = NoGrad.on()) {
        batches.add_(Tensor.full(1, Dtype.INT64, batches.device()));
      }
    return Signals.batchNorm(x, gain, bias, mean, variance, training(), MOMENTUM, EPS);
  }
}
