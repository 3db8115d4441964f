package dev.heed.attention;

import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;

/**
 * Attention by way of m landmarks, in time linear in the length (Xiong et al. 2021,
 * "Nyströmformer", eqs. 11–14): landmarks q̃ and k̃ are the means of m segments of the queries and
 * keys, and
 *
 * <pre>
 * F = softmax(q k̃ᵀ / √Dh)   A = softmax(q̃ k̃ᵀ / √Dh)   G = softmax(q̃ kᵀ / √Dh)
 * Z₀ = Aᵀ / (‖A‖₁ ‖A‖∞)     Z ← ¼ Z (13 I − A Z (15 I − A Z (7 I − A Z))), six times
 * output = F Z (G v)
 * </pre>
 *
 * <p>Rows of A sum to 1, so that ‖A‖∞ = 1. A mask keeps keys out of G alone: padding has its part
 * in the landmarks. B batch, H heads, T queries, S keys, Dh head size.
 */
public final class Nystrom extends Kernel {
  private static final int STEPS = 6;

  private final ScaledDotProduct exact = child("exact", new ScaledDotProduct());
  private final int landmarks; // m
  private final boolean ownNorms;

  /**
   * @param landmarks m, which must divide the lengths of queries and keys
   * @param ownNorms whether ‖A‖₁ is that of each head of each text, as in the paper, and not the
   *     largest of the batch, as in the authors' code
   */
  public Nystrom(int landmarks, boolean ownNorms) {
    Sizes.positive("landmarks", landmarks);
    this.landmarks = landmarks;
    this.ownNorms = ownNorms;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UserError if the landmarks don't divide the lengths
   * @throws IllegalArgumentException if the mask isn't the same for all queries
   */
  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    boolean keysOnly =
        !mask.hasScores()
            && mask.allowed(q.size(2), k.size(2), q.device())
                .filter(pairs -> pairs.size(2) != 1)
                .isEmpty();
    if (!keysOnly)
      throw new IllegalArgumentException("landmarks can't keep some queries from keys of others");
    Tensor summaries = exact.attend(means(q), k, v, mask); // (B, H, m, Dv)
    return weights(q, k, mask).matmul(summaries); // (B, H, T, Dv)
  }

  /** F Z: what each query takes of each landmark, (B, H, T, m), which may be below 0. */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return exact.weights(q, means(k), Mask.NONE).matmul(inverse(kernel(q, k))); // (B, H, T, m)
  }

  /** A (B, H, m, m). */
  Tensor kernel(Tensor q, Tensor k) {
    return exact.weights(means(q), means(k), Mask.NONE);
  }

  /** (B, H, N, Dh) → (B, H, m, Dh). */
  private Tensor means(Tensor x) {
    long length = x.size(2);
    if (length % landmarks != 0)
      throw new UserError(
          "%d landmarks don't divide a text of %d tokens: pad it to a multiple of them"
              .formatted(landmarks, length));
    return x.reshape(x.size(0), x.size(1), landmarks, length / landmarks, x.size(3)).mean(3);
  }

  /** The pseudo-inverse of A (B, H, m, m), about. */
  private Tensor inverse(Tensor a) {
    return inverse(a, ownNorms ? ownNorm(a) : a.sum(2).max());
  }

  /** ‖A‖₁ of each head of each text, (B, H, 1, 1), where no entry is below 0. */
  static Tensor ownNorm(Tensor a) {
    return a.sum(2).amax(2).view(a.size(0), a.size(1), 1, 1);
  }

  /** The same, given ‖A‖₁. */
  static Tensor inverse(Tensor a, Tensor norm) {
    Tensor z = a.transpose(2, 3).div(norm); // (B, H, m, m)
    for (int step = 0; step < STEPS; step++) {
      Tensor az = a.matmul(z);
      Tensor inner = az.mul(7).sub(az.matmul(az)); // A Z (7 I − A Z)
      Tensor middle = az.mul(15).sub(az.matmul(inner)); // A Z (15 I − …)
      z = z.mul(13).sub(z.matmul(middle)).mul(0.25);
    }
    return z;
  }
}
