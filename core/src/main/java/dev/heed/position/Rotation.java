package dev.heed.position;

import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** How far {@link Rotary} turns the features of each token of one pass; all layers share it. */
public final class Rotation {
  private final Tensor cos; // (B or 1, T, 1, Dr)
  private final Tensor sin; // (B or 1, T, 1, Dr), with the sign that the partner has
  private final Rotary.Layout layout;

  Rotation(Tensor cos, Tensor sin, Rotary.Layout layout) {
    this.cos = cos;
    this.sin = sin;
    this.layout = layout;
  }

  /**
   * Turns the first Dr features of each head and lets the rest pass.
   *
   * @param x (B, T, H, Dh) or (B, T, …, H, Dh)
   */
  public Tensor turn(Tensor x) {
    long turned = cos.size(-1);
    long rest = x.size(-1) - turned;
    if (rest == 0) return turnAll(x);
    return Tensor.cat(
        -1, List.of(turnAll(x.narrow(-1, 0, turned)), x.narrow(-1, turned, rest))); // (…, Dh)
  }

  /** The same of (B, H, T, Dh). */
  public Tensor turnHeads(Tensor x) {
    return turn(x.transpose(1, 2)).transpose(1, 2);
  }

  private Tensor turnAll(Tensor x) {
    if (x.dims() == 4) return x.mul(cos).addcmul(partners(x), sin);
    return x.mul(cos.unsqueeze(2)).addcmul(partners(x), sin.unsqueeze(2));
  }

  /** (x₁, x₂) of each pair as (x₂, x₁). */
  private Tensor partners(Tensor x) {
    if (layout == Rotary.Layout.HALVES) return x.roll(new long[] {x.size(-1) / 2}, -1);
    long[] pairs = Arrays.copyOf(x.shape(), x.dims() + 1);
    pairs[x.dims() - 1] /= 2;
    pairs[x.dims()] = 2;
    return x.reshape(pairs).roll(new long[] {1}, -1).view(x.shape());
  }
}
