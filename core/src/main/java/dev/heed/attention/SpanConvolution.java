package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Convolution;
import dev.heed.nn.Convolution.Window;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Mixed attention (Jiang et al. 2020, "ConvBERT", section 3.2): half of the width attends to all
 * tokens, and half is a convolution of the nearest whose kernel each token makes from its span,
 *
 * <pre>
 * Kₛ       = DepthwiseSeparableConv(x)
 * kernel_i = softmax(W_f (Q_i ⊙ Kₛ_i)),  one for each head
 * conv_i   = Σ_o kernel_i,o · V_c,i+o
 * output   = [softmax(Q Kᵀ / √Dh) V; conv] Wᴼ
 * </pre>
 *
 * <p>The convolution reads padding as it reads tokens. B batch, T tokens, H heads, Dh head size, A
 * = H·Dh = D/2, N width of the kernel.
 */
public final class SpanConvolution extends Module {
  private final int heads;
  private final int size; // Dh
  private final int window; // N
  private final Linear qkv;
  private final Kernel kernel = child("kernel", new ScaledDotProduct());
  private final Dropout dropout;
  private final Convolution depthwise;
  private final Tensor pointwise; // (A, D, 1)
  private final Tensor spanBias; // (A, 1)
  private final Linear kernels;
  private final Linear local;
  private final Linear out;

  /**
   * @param heads of attention, and kernels of a token
   * @param window tokens that a kernel sees, an odd number
   * @param dropout of keys
   */
  public SpanConvolution(int model, int heads, int window, double dropout) {
    Sizes.divides("twice the heads", 2 * heads, "d", model);
    if (window % 2 == 0)
      throw new IllegalArgumentException("a kernel must be odd, not of %d".formatted(window));
    this.heads = heads;
    this.size = model / heads / 2;
    this.window = window;
    int half = heads * size;
    this.qkv = child("qkv", Linear.fused(3, model, half, true));
    this.dropout = child("dropout", new Dropout(dropout));
    Window each = Window.line(window, 1, window / 2).groups(model);
    this.depthwise = child("depthwise", new Convolution(model, model, each, false));
    this.pointwise = parameter("pointwise", Init.normal(1 / Math.sqrt(model), half, model, 1));
    this.spanBias = parameter("spanBias", Init.zeros(half, 1));
    this.kernels = child("kernels", new Linear(half, (long) heads * window, true));
    this.local = child("local", new Linear(model, half, true));
    this.out = child("out", new Linear(model, model, true));
  }

  /** (B, T, D) → (B, T, D). Shows the weights (B, H, T, T) as {@code attentions}. */
  public Tensor forward(Tensor x, Mask mask) {
    long batch = x.size(0);
    long length = x.size(1);
    Tensor maps = qkv.forward(x); // (B, T, 3·A)
    Tensor[] byHead =
        maps.view(batch, length, 3, heads, size).permute(2, 0, 3, 1, 4).contiguous().unbind(0);
    Tensor k = byHead[1]; // (B, H, T, Dh)
    show("attentions", () -> kernel.weights(byHead[0], k, mask));
    Tensor attended =
        kernel.attend(byHead[0], k, dropout.rows(byHead[2]), mask).transpose(1, 2); // (B, T, H, Dh)
    Tensor convolved = convolve(x, maps.narrow(2, 0, (long) heads * size)); // (B, T, H, Dh)
    Tensor both = Tensor.cat(2, List.of(attended, convolved)); // (B, T, 2·H, Dh)
    return out.forward(both.reshape(batch, length, x.size(2))); // (B, T, D)
  }

  /** x (B, T, D), queries (B, T, A) → (B, T, H, Dh). */
  private Tensor convolve(Tensor x, Tensor queries) {
    long batch = x.size(0);
    long length = x.size(1);
    Tensor near = depthwise.forward(x.transpose(1, 2)).transpose(1, 2); // (B, T, D)
    Tensor span = near.linear(pointwise.squeeze(2), Optional.of(spanBias.squeeze(1))); // (B, T, A)
    Tensor kernel =
        kernels.forward(span.mul(queries)).view(batch, length, heads, window).softmax(-1);
    Tensor values = local.forward(x); // (B, T, A)
    Tensor zeros =
        Tensor.zeros(x.dtype(), x.device(), batch, window / 2, (long) heads * size); // (B, N/2, A)
    Tensor padded = Tensor.cat(1, List.of(zeros, values, zeros)); // (B, T + N − 1, A)
    Tensor sum = Tensor.zeros(x.dtype(), x.device(), batch, length, heads, size);
    for (int o = 0; o < window; o++) {
      Tensor shifted = padded.narrow(1, o, length).reshape(batch, length, heads, size);
      sum = sum.addcmul(shifted, kernel.narrow(3, o, 1)); // (B, T, H, Dh)
    }
    return sum;
  }
}
