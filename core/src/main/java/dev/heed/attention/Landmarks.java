package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * Nyström attention (Xiong et al. 2021, eqs. 11–14; see {@link Nystrom}) of texts of any length, in
 * time and memory O(n·m): the n real tokens of a text are cut into m segments whose lengths differ
 * by one at most, token i being of segment ⌊i·m/n⌋, and their means are its landmarks. A text of
 * fewer tokens has as many landmarks as tokens, and padding has no part in them. The convolution
 * that the paper adds to the values isn't part of it.
 *
 * <p>B batch, H heads, N tokens, m landmarks, Dh head size. A landmark that a text hasn't got is a
 * row and a column of A with 1 on the diagonal alone, which leaves the inverse of the rest as it
 * is.
 */
public final class Landmarks extends Kernel {
  /** Its options. */
  public record Options(@Doc("m: means of segments that stand for all tokens") int landmarks)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("landmarks", landmarks);
    }

    @Override
    public Traits traits() {
      return Traits.encoder(Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      if (landmarks > place.positions())
        throw new IllegalArgumentException(
            "landmarks (%d) must be at most the model's positions (%d)"
                .formatted(landmarks, place.positions()));
      return new Landmarks(landmarks);
    }
  }

  private final ScaledDotProduct exact = child("exact", new ScaledDotProduct());
  private final int landmarks; // m

  public Landmarks(int landmarks) {
    this.landmarks = landmarks;
  }

  /**
   * What a text's landmarks are made of.
   *
   * @param means (B or 1, 1, m, N), whose rows sum to 1 or, where there is no such landmark, to 0
   * @param there BOOL (B or 1, 1, m, 1)
   */
  private record Segments(Tensor means, Tensor there) {}

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    Segments segments = segments(q, mask);
    Tensor summaries = exact.attend(segments.means().matmul(q), k, v, mask); // (B, H, m, Dv)
    return weights(q, k, segments).matmul(summaries); // (B, H, N, Dv)
  }

  /** F Z: what each query takes of each landmark, (B, H, N, m), which may be below 0. */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return weights(q, k, segments(q, mask));
  }

  private Tensor weights(Tensor q, Tensor k, Segments segments) {
    Tensor a = kernel(q, k, segments);
    return exact
        .weights(q, segments.means().matmul(k), seen(segments)) // F (B, H, N, m)
        .matmul(Nystrom.inverse(a, Nystrom.ownNorm(a)));
  }

  private static Mask seen(Segments segments) {
    return Mask.ofFullRows(segments.there().transpose(2, 3));
  }

  /** A (B, H, m, m). */
  Tensor kernel(Tensor q, Tensor k, Mask mask) {
    return kernel(q, k, segments(q, mask));
  }

  private Tensor kernel(Tensor q, Tensor k, Segments segments) {
    Tensor means = segments.means();
    Tensor missing = segments.there().logicalNot(); // (B or 1, 1, m, 1)
    Tensor places = Tensor.arange(landmarks, q.device());
    Tensor diagonal = places.unsqueeze(0).sub(places.unsqueeze(1)).eq(0); // (m, m)
    return exact
        .weights(means.matmul(q), means.matmul(k), seen(segments))
        .maskedFill(missing, 0)
        .maskedFill(missing.logicalAnd(diagonal), 1);
  }

  private Segments segments(Tensor q, Mask mask) {
    if (mask.isCausal()) throw new IllegalArgumentException("landmarks have no order");
    long length = q.size(2);
    Tensor real =
        mask.keys()
            .map(keys -> keys.to(Dtype.FLOAT64))
            .orElseGet(() -> Tensor.full(1, Dtype.FLOAT64, q.device(), 1, 1, 1, length));
    Tensor count = real.sum(3).unsqueeze(3); // (B or 1, 1, 1, 1), n
    Tensor segment =
        real.cumsum(3).sub(real).mul(count.clamp(0, landmarks)).div(count).to(Dtype.INT64);
    Tensor ids = Tensor.arange(landmarks, q.device()).view(1, 1, landmarks, 1);
    Tensor members =
        segment.sub(ids).eq(0).logicalAnd(real.ne(0)).to(q.dtype()); // (B or 1, 1, m, N)
    Tensor sizes = members.sum(3).unsqueeze(3); // (B or 1, 1, m, 1)
    return new Segments(members.div(sizes.clamp(1, Double.POSITIVE_INFINITY)), sizes.ne(0));
  }
}
