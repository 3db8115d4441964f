package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * softmax(Q Kᵀ / √Dh) V over the pairs of a fixed pattern, which is the one thing that a subclass
 * says: {@link #sees}. Whole sequences are laid out so that the pattern's pairs, and few others,
 * are computed, and never all T·S of them ({@link #layouts}); a step of decoding is dense over the
 * keys that its query sees.
 *
 * <p>B batch, H heads, T tokens, N tokens with those that fill the last block, Dh head size, G
 * groups of C queries and W keys.
 */
abstract class Pattern extends Kernel {
  /** Lengths whose pairs are remembered: batches of one length follow each other. */
  private static final int MOST = 64;

  private final ScaledDotProduct dense = child("dense", new ScaledDotProduct());

  /**
   * A layout, and which of the pairs in it are its to score, of those that {@link #sees} allows.
   */
  record Part(Layout layout, Sees own) {}

  /** Which pairs of places. */
  interface Sees {
    boolean test(int query, int key);
  }

  /** Whether a query at one place attends to a key at another, in [0, {@link #padded}). */
  abstract boolean sees(int query, int key);

  /** The layouts that together score every pair of the pattern once, for so many tokens. */
  abstract List<Part> layouts(long padded);

  /** The tokens that layouts need, at least {@code length}. */
  abstract long padded(long length);

  /** The few tokens, in order, that attend to all others besides the pattern. */
  List<Integer> globals() {
    return List.of();
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Pass pass) {
    KeyValues all = pass.extend(this, k, v);
    if (pass.isWhole()) return attend(q, all.keys(), all.values(), pass.mask());
    return dense.attend(q, all.keys(), all.values(), pass.mask().within(seen(pass)));
  }

  /** BOOL (B or 1, 1, T, S): the pattern's pairs of a step. */
  private Tensor seen(Pass pass) {
    Tensor queries = pass.positions();
    Tensor keys = pass.keyPositions();
    long[] from = queries.toLongs();
    long[] to = keys.toLongs();
    int batch = (int) Math.max(queries.size(0), keys.size(0));
    int t = (int) queries.size(1);
    int s = (int) keys.size(1);
    boolean[] seen = new boolean[batch * t * s];
    for (int i = 0; i < seen.length; i++) {
      int row = i / s / t;
      long query = from[(queries.size(0) == 1 ? 0 : row) * t + i / s % t];
      long key = to[(keys.size(0) == 1 ? 0 : row) * s + i % s];
      seen[i] = globals().contains((int) query) || sees((int) query, (int) key);
    }
    return Tensor.of(seen, batch, 1, t, s).to(queries.device());
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    long length = q.size(2);
    long tokens = padded(length);
    Tensor queries = padded(q.mul(1 / Math.sqrt(q.size(3))), tokens); // (B, H, N, Dh)
    Tensor keys = padded(k, tokens);
    Tensor values = padded(v, tokens);
    List<Part> parts = layouts(tokens);
    List<Tensor> scores = new ArrayList<>();
    List<Tensor> allowed = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Layout layout = parts.get(i).layout();
      Tensor met =
          layout
              .queries()
              .apply(queries)
              .matmul(layout.keys().apply(keys).transpose(-1, -2)); // (B, H, G, C, W)
      scores.add(layout.back().apply(met)); // (B, H, N, W)
      allowed.add(allowed(parts, i, length, tokens, mask, q.device())); // (B or 1, 1, N, W)
    }
    Tensor seen = Tensor.cat(3, allowed); // (B or 1, 1, N, ΣW)
    Tensor weights =
        Tensor.cat(3, scores)
            .maskedFill(seen.logicalNot(), -1e30)
            .softmax(3)
            .maskedFill(seen.any(3).logicalNot(), 0); // (B, H, N, ΣW); any keeps the dimension
    Optional<Tensor> sum = Optional.empty();
    long from = 0;
    for (int i = 0; i < parts.size(); i++) {
      Layout layout = parts.get(i).layout();
      long width = scores.get(i).size(3);
      Tensor given =
          layout
              .queries()
              .apply(weights.narrow(3, from, width))
              .matmul(layout.keys().apply(values)); // (B, H, G, C, Dv)
      Tensor part = layout.back().apply(given); // (B, H, N, Dv)
      sum = Optional.of(sum.map(part::add).orElse(part));
      from += width;
    }
    Tensor attended = sum.orElseThrow().narrow(2, 0, length); // (B, H, T, Dv)
    return globals().isEmpty() ? attended : withGlobals(attended, q, k, v, mask);
  }

  /** (B, H, T, Dv) with the rows of global tokens dense, by queries, keys and values for these. */
  Tensor withGlobals(Tensor attended, Tensor q, Tensor k, Tensor v, Mask mask) {
    int tokens = (int) q.size(2);
    int[] places = globals().stream().mapToInt(i -> i).filter(i -> i < tokens).toArray();
    int[] slots = new int[tokens];
    boolean[] is = new boolean[tokens];
    for (int i = 0; i < places.length; i++) {
      slots[places[i]] = i;
      is[places[i]] = true;
    }
    Tensor chosen = Tensor.of(places, places.length).to(q.device());
    Mask seen =
        mask.allowed(tokens, tokens, q.device())
            .map(all -> Mask.of(all.size(2) == 1 ? all : all.indexSelect(2, chosen)))
            .orElse(Mask.NONE);
    Tensor rows = dense.attend(q.indexSelect(2, chosen), k, v, seen); // (B, H, globals, Dv)
    Tensor global = Tensor.of(is, 1, 1, tokens, 1).to(q.device());
    return attended
        .maskedFill(global, 0)
        .add(
            rows.indexSelect(2, Tensor.of(slots, tokens).to(q.device()))
                .maskedFill(global.logicalNot(), 0));
  }

  /** The whole distribution, for those who want to look at it: T·S numbers. */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    int tokens = (int) q.size(2);
    boolean[] seen = new boolean[tokens * tokens];
    for (int i = 0; i < seen.length; i++)
      seen[i] = globals().contains(i / tokens) || sees(i / tokens, i % tokens);
    Mask pattern = Mask.of(Tensor.of(seen, 1, 1, tokens, tokens).to(q.device()));
    return dense.weights(q, k, mask.and(pattern));
  }

  /** The pairs (G, C, W) of a layout that count. */
  private record Pairs(int g, int c, int w, boolean[] seen) {}

  private record Shape(long tokens, boolean causal, int part) {}

  private final Map<Shape, Pairs> pairs = new LinkedHashMap<>();

  /** BOOL (B or 1, 1, N, W): the pairs of a layout that count. */
  private Tensor allowed(
      List<Part> parts, int index, long length, long tokens, Mask mask, Device device) {
    Layout layout = parts.get(index).layout();
    if (pairs.size() > MOST) pairs.clear();
    Pairs known =
        pairs.computeIfAbsent(
            new Shape(tokens, mask.isCausal(), index),
            shape -> pairs(parts.get(index), tokens, mask.isCausal()));
    Tensor seen =
        Tensor.of(known.seen(), 1, 1, known.g(), known.c(), known.w()).to(device); // (…, G, C, W)
    Tensor real = mask.keys().orElseGet(() -> all(length, device)); // (B or 1, 1, 1, S)
    Tensor laid =
        layout
            .keys()
            .apply(real.to(Dtype.FLOAT32).transpose(2, 3).pad(0, 0, 0, tokens - length))
            .transpose(-1, -2); // (B or 1, 1, G, 1, W)
    Tensor counted = seen.logicalAnd(laid.ne(0)); // (B or 1, 1, G, C, W)
    return layout.back().apply(counted);
  }

  private static Tensor all(long length, Device device) {
    return Tensor.full(1, Dtype.BOOL, device, 1, 1, 1, length);
  }

  private Pairs pairs(Part part, long tokens, boolean causal) {
    double[] numbered = new double[(int) tokens];
    for (int i = 0; i < numbered.length; i++) numbered[i] = i + 1; // 0 is outside
    Tensor places = Tensor.of(numbered, 1, 1, tokens, 1);
    Tensor queries = part.layout().queries().apply(places); // (1, 1, G, C, 1)
    Tensor keys = part.layout().keys().apply(places); // (1, 1, G, W, 1)
    int g = (int) queries.size(2);
    int c = (int) queries.size(3);
    int w = (int) keys.size(3);
    double[] from = queries.toDoubles();
    double[] to = keys.toDoubles();
    boolean[] seen = new boolean[g * c * w];
    for (int i = 0; i < seen.length; i++) {
      int query = (int) from[i / w] - 1;
      int key = (int) to[i / w / c * w + i % w] - 1;
      seen[i] =
          key >= 0 && !(causal && key > query) && sees(query, key) && part.own().test(query, key);
    }
    return new Pairs(g, c, w, seen);
  }

  private static Tensor padded(Tensor x, long tokens) {
    return tokens == x.size(2) ? x : x.pad(0, 0, 0, tokens - x.size(2));
  }
}
