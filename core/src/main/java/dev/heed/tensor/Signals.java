package dev.heed.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch;

/** The engine's operations on images (B, C, H, W) and sounds (B, C, N). */
public final class Signals {
  private Signals() {}

  /**
   * Cross-correlation of (B, C, N) or (B, C, H, W) with a kernel (Cout, C/groups, …).
   *
   * @param stride a step for each dimension of the kernel
   * @param padding zeros on both sides of each
   */
  public static Tensor convolve(
      Tensor x, Tensor kernel, Optional<Tensor> bias, long[] stride, long[] padding, long groups) {
    boolean line = stride.length == 1;
    long[] dilation = line ? new long[] {1} : new long[] {1, 1};
    return Tensor.run(
        line ? "conv1d" : "conv2d",
        () ->
            line
                ? torch.conv1d(
                    x.at, kernel.at, Tensor.optional(bias), stride, padding, dilation, groups)
                : torch.conv2d(
                    x.at, kernel.at, Tensor.optional(bias), stride, padding, dilation, groups),
        x,
        kernel);
  }

  /** The means of a {@code height} × {@code width} grid of regions of (B, C, H, W). */
  public static Tensor averages(Tensor x, long height, long width) {
    return Tensor.run(
        "adaptive_avg_pool2d", () -> torch.adaptive_avg_pool2d(x.at, height, width), x);
  }

  /**
   * Each channel to mean 0 and variance 1 over batch and time, then gain and bias (Ioffe and
   * Szegedy 2015).
   *
   * @param training whether to use this batch's statistics and to fold them into the running ones;
   *     if not, the running ones are used
   */
  public static Tensor batchNorm(
      Tensor x,
      Tensor gain,
      Tensor bias,
      Tensor runningMean,
      Tensor runningVariance,
      boolean training,
      double momentum,
      double eps) {
    return Tensor.run(
        "batch_norm",
        () ->
            torch.batch_norm(
                x.at,
                Tensor.optional(Optional.of(gain)),
                Tensor.optional(Optional.of(bias)),
                Tensor.optional(Optional.of(runningMean)),
                Tensor.optional(Optional.of(runningVariance)),
                training,
                momentum,
                eps,
                /* cudnn_enabled= */ false),
        x,
        gain);
  }

  /** Each of {@code groups} groups of channels to mean 0 and variance 1 (Wu and He 2018). */
  public static Tensor groupNorm(Tensor x, long groups, Tensor gain, Tensor bias, double eps) {
    return Tensor.run(
        "group_norm",
        () ->
            torch.group_norm(
                x.at,
                groups,
                Tensor.optional(Optional.of(gain)),
                Tensor.optional(Optional.of(bias)),
                eps,
                /* cudnn_enabled= */ false),
        x,
        gain);
  }

  /**
   * −log of the probability of all alignments of each row's labels with its frames (Graves et al.
   * 2006, eq. 8): (B).
   *
   * @param logP log probabilities (N, B, V)
   * @param labels INT64, those of all rows one after the other
   * @param frames (B) how many frames of each row count
   * @param lengths (B) how many labels each row has
   * @param blank the label that stands for no label
   * @param zeroInfinity whether rows with too few frames for their labels count 0, not ∞
   */
  public static Tensor ctc(
      Tensor logP, Tensor labels, long[] frames, long[] lengths, int blank, boolean zeroInfinity) {
    return Tensor.run(
        "ctc_loss",
        () ->
            torch.ctc_loss(
                logP.at, labels.at, frames, lengths, blank, /* reduction= */ 0, zeroInfinity),
        logP,
        labels);
  }
}
