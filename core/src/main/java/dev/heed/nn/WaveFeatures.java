package dev.heed.nn;

import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Convolutions that make frames of samples (Baevski et al. 2020, section 2): each layer is a
 * convolution, a norm, a nonlinearity.
 */
public final class WaveFeatures extends Module {
  /** What is normalised. */
  public enum Norm {
    /** Each channel of the first layer, over time. */
    GROUP,
    /** The channels of each frame, in all layers. */
    LAYER
  }

  private static final double EPS = 1e-5;

  private final List<Integer> kernels;
  private final List<Integer> strides;
  private final List<Layer> layers;

  public WaveFeatures(
      List<Integer> widths,
      List<Integer> kernels,
      List<Integer> strides,
      boolean bias,
      Norm norm,
      Activation activation) {
    this.kernels = kernels;
    this.strides = strides;
    this.layers =
        children(
            "layer",
            IntStream.range(0, widths.size())
                .mapToObj(
                    i -> {
                      Convolution.Window window =
                          Convolution.Window.line(kernels.get(i), strides.get(i), 0);
                      int in = i == 0 ? 1 : widths.get(i - 1);
                      int out = widths.get(i);
                      Convolution convolution = new Convolution(in, out, window, bias);
                      return norm == Norm.LAYER
                          ? new Layer(convolution, new LayerNorm(out, EPS), activation)
                          : i == 0
                              ? new Layer(convolution, new ChannelNorm(out), activation)
                              : new Layer(convolution, activation);
                    })
                .toList());
  }

  private static final class Layer extends Module {
    private final Convolution convolution;
    private final Optional<LayerNorm> frameNorm;
    private final Optional<ChannelNorm> channelNorm;
    private final Activation activation;

    Layer(Convolution convolution, Activation activation) {
      this.convolution = child("convolution", convolution);
      this.frameNorm = Optional.empty();
      this.channelNorm = Optional.empty();
      this.activation = activation;
    }

    Layer(Convolution convolution, LayerNorm norm, Activation activation) {
      this.convolution = child("convolution", convolution);
      this.frameNorm = Optional.of(child("norm", norm));
      this.channelNorm = Optional.empty();
      this.activation = activation;
    }

    Layer(Convolution convolution, ChannelNorm norm, Activation activation) {
      this.convolution = child("convolution", convolution);
      this.frameNorm = Optional.empty();
      this.channelNorm = Optional.of(child("norm", norm));
      this.activation = activation;
    }

    /** (B, C, N) → (B, C', N'). */
    Tensor forward(Tensor x) {
      Tensor seen = convolution.forward(x);
      Tensor normed =
          frameNorm
              .map(norm -> norm.forward(seen.transpose(1, 2)).transpose(1, 2))
              .or(() -> channelNorm.map(norm -> norm.forward(seen)))
              .orElse(seen);
      return activation.forward(normed);
    }
  }

  /**
   * Samples (B, N) → frames (B, T, C).
   *
   * @throws UserError if N is too few for one frame
   */
  public Tensor forward(Tensor samples) {
    if (frames(samples.size(1)) < 1)
      throw new UserError("%d samples are too few for a frame".formatted(samples.size(1)));
    Tensor x = samples.unsqueeze(1); // (B, 1, N)
    for (Layer layer : layers) x = layer.forward(x);
    return x.transpose(1, 2);
  }

  /** How many frames come of that many samples. */
  public long frames(long samples) {
    long frames = samples;
    for (int i = 0; i < kernels.size(); i++)
      frames = Math.floorDiv(frames - kernels.get(i), (long) strides.get(i)) + 1;
    return frames;
  }

  /** Which samples are real, BOOL (B, N), → which of T frames are made of such, BOOL (B, T). */
  public Tensor real(Tensor samples, int length) {
    long[] counts = samples.to(Dtype.INT64).sum(1).toLongs();
    boolean[] real = new boolean[counts.length * length];
    for (int row = 0; row < counts.length; row++)
      for (int frame = 0; frame < Math.min(length, frames(counts[row])); frame++)
        real[row * length + frame] = true;
    return Tensor.of(real, counts.length, length).to(samples.device());
  }
}
