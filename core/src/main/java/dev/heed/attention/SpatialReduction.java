package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Convolution;
import dev.heed.nn.Grids;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Spatial-reduction attention (Wang et al. 2021, eqs. 2–4): every place of a map asks, but only
 * summaries of R×R places answer:
 *
 * <pre>softmax(Q(x) K(y)ᵀ/√Dh) V(y),  y = LN(blocks of x Wˢ)</pre>
 *
 * <p>It costs 1/R² of self-attention, which it is without reduction. B maps of T = h·w places.
 */
public final class SpatialReduction extends Module {
  private final Linear q;
  private final Linear kv;
  private final MultiHead heads;
  private final Optional<Summaries> summaries;

  public SpatialReduction(
      int d, int heads, Optional<Summaries> summaries, boolean bias, double dropout) {
    this.q = child("q", new Linear(d, d, bias));
    this.kv = child("kv", Linear.fused(2, d, d, bias));
    this.heads = child("heads", new MultiHead(d, heads, new ScaledDotProduct(), dropout));
    this.summaries = summaries.map(part -> child("summaries", part));
  }

  /** What answers for the places of a map. */
  public static final class Summaries extends Module {
    private final UnaryOperator<Tensor> before;
    private final Convolution convolution;
    private final LayerNorm norm;
    private final UnaryOperator<Tensor> after;

    private Summaries(
        int d, int block, double eps, UnaryOperator<Tensor> before, UnaryOperator<Tensor> after) {
      this.before = before;
      Convolution.Window window = Convolution.Window.square(block, block, 0);
      this.convolution = child("convolution", new Convolution(d, d, window, true));
      this.norm = child("norm", new LayerNorm(d, eps));
      this.after = after;
    }

    /** One of each R×R places; none, empty, for R = 1. */
    public static Optional<Summaries> blocks(int d, int ratio, double eps) {
      return ratio > 1
          ? Optional.of(new Summaries(d, ratio, eps, map -> map, y -> y))
          : Optional.empty();
    }

    /**
     * A grid of {@code side} × {@code side} means, whatever the map (PVT v2's linear attention).
     */
    public static Summaries means(int d, int side, double eps) {
      return new Summaries(d, 1, eps, map -> Signals.averages(map, side, side), y -> y.gelu(false));
    }

    /** (B, T, D) → (B, T', D). */
    Tensor forward(Tensor x, long height, long width) {
      Tensor map = convolution.forward(before.apply(Grids.map(x, height, width))); // (B, D, h', w')
      return after.apply(norm.forward(Grids.sequence(map)));
    }
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, long height, long width) {
    Tensor y = summaries.isPresent() ? summaries.get().forward(x, height, width) : x; // (B, T', D)
    Tensor queries = heads.split(q.forward(x), 1)[0]; // (B, H, T, Dh)
    Tensor[] maps = heads.split(kv.forward(y), 2); // 2 × (B, H, T', Dh)
    return heads.forward(queries, maps[0], maps[1], Mask.NONE); // (B, T, D)
  }
}
