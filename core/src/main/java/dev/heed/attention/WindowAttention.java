package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/**
 * Self-attention inside windows of M×M places of a map (Liu et al. 2021, section 3.2, eq. 4):
 *
 * <pre>softmax(Q Kᵀ/√Dh + B) V</pre>
 *
 * with one trained number B a head for each way that a key may lie from a query. A shifted window
 * is cut from the map rolled by s places up and left; places that met only by the rolling don't
 * attend to each other. N windows, row after row, of M² places.
 */
public final class WindowAttention extends Module {
  private final int window;
  private final Linear qkv;
  private final MultiHead heads;
  private final Tensor table; // ((2M−1)², H)
  private final Tensor index; // INT64 (M⁴), rows of the table

  /**
   * @param window M
   */
  public WindowAttention(int d, int heads, int window, boolean bias, double dropout) {
    this.window = window;
    this.qkv = child("qkv", Linear.fused(3, d, d, bias));
    this.heads = child("heads", new MultiHead(d, heads, new ScaledDotProduct(), dropout));
    int ways = (2 * window - 1) * (2 * window - 1);
    this.table = parameter("table", Init.normal(0.02, ways, heads));
    this.index = index(window);
  }

  /**
   * INT64 (M⁴): for the places a and b of a window, at a·M² + b, the row of the table that tells
   * how b lies from a.
   */
  static Tensor index(int window) {
    int area = window * window;
    long[] index = new long[area * area];
    for (int a = 0; a < area; a++)
      for (int b = 0; b < area; b++) {
        int down = a / window - b / window + window - 1;
        int right = a % window - b % window + window - 1;
        index[a * area + b] = (long) down * (2 * window - 1) + right;
      }
    return Tensor.of(index, index.length);
  }

  /**
   * Maps (B, h, w, D) → (B, h, w, D), h and w multiples of M.
   *
   * @param shift s, below M; 0 for windows that aren't shifted
   */
  public Tensor forward(Tensor x, int shift) {
    long batch = x.size(0);
    long height = x.size(1);
    long width = x.size(2);
    Tensor rolled = shift > 0 ? x.roll(new long[] {-shift, -shift}, 1, 2) : x;
    Tensor cut = cut(rolled); // (B·N, M², D)
    Tensor[] maps = heads.split(qkv.forward(cut), 3); // 3 × (B·N, H, M², Dh)
    Mask mask = mask(x, shift).plus(bias());
    Tensor seen = heads.forward(maps[0], maps[1], maps[2], mask); // (B·N, M², D)
    Tensor joined = join(seen, batch, height, width); // (B, h, w, D)
    return shift > 0 ? joined.roll(new long[] {shift, shift}, 1, 2) : joined;
  }

  /** B of eq. 4, (1, H, M², M²). */
  private Tensor bias() {
    index.moveTo(table.device());
    long area = (long) window * window;
    return table
        .indexSelect(0, index) // (M⁴, H)
        .view(area, area, table.size(1))
        .permute(2, 0, 1)
        .unsqueeze(0);
  }

  /** (B, h, w, D) → (B·N, M², D). */
  private Tensor cut(Tensor x) {
    long d = x.size(3);
    long down = x.size(1) / window;
    long across = x.size(2) / window;
    return x.reshape(x.size(0), down, window, across, window, d)
        .transpose(2, 3) // (B, h/M, w/M, M, M, D)
        .reshape(x.size(0) * down * across, (long) window * window, d);
  }

  /** (B·N, M², D) → (B, h, w, D). */
  private Tensor join(Tensor windows, long batch, long height, long width) {
    long d = windows.size(2);
    return windows
        .reshape(batch, height / window, width / window, window, window, d)
        .transpose(2, 3) // (B, h/M, M, w/M, M, D)
        .reshape(batch, height, width, d);
  }

  private Mask mask(Tensor x, int shift) {
    if (shift == 0) return Mask.NONE;
    Tensor pairs = allowed((int) x.size(1), (int) x.size(2), shift).to(x.device()); // (N, M², M²)
    Tensor ofAll = pairs.unsqueeze(0).expand(x.size(0), -1, -1, -1); // (B, N, M², M²)
    return Mask.ofFullRows(ofAll.reshape(-1, 1, pairs.size(1), pairs.size(2))); // (B·N, 1, M², M²)
  }

  /** BOOL (N, M², M²): which places of a rolled map's windows were neighbours before. */
  Tensor allowed(int height, int width, int shift) {
    int area = window * window;
    int across = width / window;
    int windows = height / window * across;
    boolean[] allowed = new boolean[windows * area * area];
    for (int n = 0; n < windows; n++)
      for (int a = 0; a < area; a++)
        for (int b = 0; b < area; b++)
          allowed[(n * area + a) * area + b] =
              came(n / across * window, a / window, b / window, height - shift)
                  && came(n % across * window, a % window, b % window, width - shift);
    return Tensor.of(allowed, windows, area, area);
  }

  /** Whether both of two rows, or columns, came over the end of the map by rolling, or neither. */
  private static boolean came(int window, int a, int b, int first) {
    return (window + a >= first) == (window + b >= first);
  }
}
