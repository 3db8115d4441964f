package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.tensor.Tensor;

/**
 * Luong's scores (Luong et al. 2015, section 3.1), which are not scaled:
 *
 * <pre>
 * dot      q · k
 * general  q · Wₐ k
 * concat   vₐ · tanh(Wₐ [q; k])
 * </pre>
 *
 * <p>Wₐ and vₐ are each head's. Concat holds B·H·T·S·Dh numbers at once.
 */
public final class Luong {
  private Luong() {}

  /** Which of them. */
  public enum Score {
    DOT,
    GENERAL,
    CONCAT
  }

  /** Its options. */
  public record Options(
      @Doc("`dot`, `general` with a matrix between, or `concat` with a small network") Score score)
      implements Mechanism.OfKernel {
    @Override
    public Traits traits() {
      return new Traits(true, true, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Kernel kernel(Place place) {
      int heads = place.heads();
      int size = place.headSize();
      return switch (score) {
        case DOT -> new ScaledDotProduct(1);
        case GENERAL -> new General(heads, size);
        case CONCAT -> new Concat(heads, size);
      };
    }
  }

  /** x (B, H, N, Dh) by each head's own w (H, Dh, Dh), which isn't repeated for each row. */
  private static Tensor mapped(Tensor x, Tensor w) {
    long heads = x.size(1);
    Tensor byHead = x.transpose(0, 1).reshape(heads, -1, x.size(3)); // (H, B·N, Dh)
    return byHead.bmm(w).view(heads, x.size(0), x.size(2), x.size(3)).transpose(0, 1);
  }

  private static final class General extends Kernel {
    private final ScaledDotProduct dot = child("dot", new ScaledDotProduct(1));
    private final Tensor w; // (H, Dh, Dh)

    /** Begins as scaled dot products: from Wₐ by chance, a Transformer learns far more slowly. */
    General(int heads, int size) {
      float[] start = new float[heads * size * size];
      for (int i = 0; i < heads * size; i++)
        start[i * size + i % size] = (float) (1 / Math.sqrt(size));
      this.w = parameter("w", Tensor.of(start, heads, size, size));
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
      return dot.attend(mapped(q, w), k, v, mask); // (B, H, T, Dv)
    }

    @Override
    public Tensor weights(Tensor q, Tensor k, Mask mask) {
      return dot.weights(mapped(q, w), k, mask); // (B, H, T, S)
    }
  }

  private static final class Concat extends Kernel {
    private final int size;
    private final Tensor w; // (H, Dh, 2·Dh)
    private final Tensor v; // (H, Dh)

    Concat(int heads, int size) {
      this.size = size;
      this.w = parameter("w", Init.normal(1 / Math.sqrt(2.0 * size), heads, size, 2L * size));
      this.v = parameter("v", Init.xavier(heads, size));
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor values, Mask mask) {
      return weights(q, k, mask).matmul(values); // (B, H, T, Dv)
    }

    @Override
    public Tensor weights(Tensor q, Tensor k, Mask mask) {
      Tensor ofQuery = mapped(q, w.narrow(2, 0, size).transpose(1, 2)); // (B, H, T, Dh)
      Tensor ofKey = mapped(k, w.narrow(2, size, size).transpose(1, 2)); // (B, H, S, Dh)
      return Scores.weights(Additive.scores(ofQuery, ofKey, v), mask); // (B, H, T, S)
    }
  }
}
