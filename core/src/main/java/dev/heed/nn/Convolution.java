package dev.heed.nn;

import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** A convolution of images (B, C, H, W) or of sounds (B, C, N) with trained kernels. */
public final class Convolution extends Module {
  /**
   * What a kernel sees, and how it moves: an entry for each dimension.
   *
   * @param padding zeros on both sides
   * @param groups into how many groups the channels are parted, each seen by kernels of its own
   */
  public record Window(long[] size, long[] stride, long[] padding, int groups) {
    /** Over (B, C, N). */
    public static Window line(int size, int stride, int padding) {
      return new Window(new long[] {size}, new long[] {stride}, new long[] {padding}, 1);
    }

    /** Over (B, C, H, W). */
    public static Window square(int size, int stride, int padding) {
      return new Window(
          new long[] {size, size}, new long[] {stride, stride}, new long[] {padding, padding}, 1);
    }

    /** Over (B, C, H, W), without overlap. */
    public static Window patch(Extent extent) {
      long[] size = {extent.height(), extent.width()};
      return new Window(size, size, new long[] {0, 0}, 1);
    }

    public Window groups(int groups) {
      return new Window(size, stride, padding, groups);
    }
  }

  private final Window window;
  private final Tensor weight; // (Cout, C/groups, size…)
  private final Optional<Tensor> bias;

  public Convolution(int in, int out, Window window, boolean bias) {
    Sizes.divides("groups", window.groups(), "the channels", in);
    this.window = window;
    long[] shape = new long[2 + window.size().length];
    shape[0] = out;
    shape[1] = in / window.groups();
    System.arraycopy(window.size(), 0, shape, 2, window.size().length);
    long seen = Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact);
    this.weight = parameter("weight", Init.normal(Math.sqrt(1.0 / seen), shape));
    this.bias = bias ? Optional.of(parameter("bias", Init.zeros(out))) : Optional.empty();
  }

  /** (B, Cin, …) → (B, Cout, …). */
  public Tensor forward(Tensor x) {
    return Signals.convolve(x, weight, bias, window.stride(), window.padding(), window.groups());
  }
}
