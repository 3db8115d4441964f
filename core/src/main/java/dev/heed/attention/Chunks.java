package dev.heed.attention;

import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Sequences cut into pieces that attend to themselves and to their neighbours, the last piece being
 * the first one's neighbour (Kitaev et al. 2020, section 2). N pieces of C places, which see M =
 * (before + 1 + after)·C.
 *
 * @param length C
 * @param before how many pieces before its own a place sees
 * @param after how many after it
 */
public record Chunks(int length, int before, int after) {
  /** What forbidden scores become; a place that sees nothing else weighs each of them 1. */
  static final double FORBIDDEN = -1e9;

  public Chunks {
    Sizes.positive("a chunk's length", length);
    if (before < 0 || after < 0)
      throw new IllegalArgumentException(
          "a place can't see %d chunks before and %d after its own".formatted(before, after));
  }

  /** One piece for all where there would be no second. */
  Chunks of(long places) {
    return places <= length ? new Chunks((int) places, 0, 0) : this;
  }

  /** (B, H or 1, N·C, …) → (B, H or 1, N, C, …). */
  Tensor cut(Tensor x) {
    long[] shape = x.shape();
    long[] parts = new long[shape.length + 1];
    System.arraycopy(shape, 0, parts, 0, 2);
    parts[2] = shape[2] / length;
    parts[3] = length;
    System.arraycopy(shape, 3, parts, 4, shape.length - 3);
    return x.reshape(parts);
  }

  /** (B, H or 1, N, C, …) → (B, H or 1, N, M, …): what each piece sees. */
  Tensor seen(Tensor pieces) {
    List<Tensor> near = new ArrayList<>();
    for (int i = -before; i <= after; i++)
      near.add(i == 0 || Math.abs(i) >= pieces.size(2) ? pieces : pieces.roll(new long[] {-i}, 2));
    return near.size() == 1 ? pieces : Tensor.cat(3, near);
  }
}
