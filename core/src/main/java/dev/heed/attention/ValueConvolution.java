package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Convolution;
import dev.heed.nn.Convolution.Window;
import dev.heed.tensor.Tensor;

/**
 * Attention plus a depthwise convolution of the values along the text, one kernel a head (Xiong et
 * al. 2021, section 3.3, figure 3: the skip connection). The convolution reads padding as it reads
 * tokens, and needs as many queries as keys.
 */
public final class ValueConvolution extends Kernel {
  private final Kernel attention;
  private final Convolution depthwise;

  /**
   * @param window tokens that a kernel sees, an odd number
   */
  public ValueConvolution(Kernel attention, int heads, int window) {
    if (window % 2 == 0)
      throw new IllegalArgumentException("a kernel must be odd, not of %d".formatted(window));
    this.attention = child("attention", attention);
    Window column =
        new Window(new long[] {window, 1}, new long[] {1, 1}, new long[] {window / 2, 0}, heads);
    this.depthwise = child("depthwise", new Convolution(heads, heads, column, false));
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    return attention.attend(q, k, v, mask).add(depthwise.forward(v)); // (B, H, T, Dv)
  }

  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return attention.weights(q, k, mask);
  }
}
