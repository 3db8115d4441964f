package dev.heed.attention;

import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Longformer's attention (Beltagy et al. 2020, section 3): each token attends to W before it, W
 * after it and the global tokens; a global token attends to all by projections of its own.
 *
 * <pre>
 * local   softmax([q·k(global); q·k(i − W … i + W)] / √Dh) [v(global); v(i − W … i + W)]
 * global  softmax(qᵍ·kᵍ / √Dh) vᵍ
 * </pre>
 *
 * <p>Works in N = T / W blocks of queries, each against three of keys, so memory grows as T·W. B
 * batch, T tokens, G global tokens, D model, H heads, Dh head.
 */
public final class SlidingWindow extends Module {
  /** Below every score, and finite, so that a row without keys is no NaN. */
  private static final double NEVER = -Float.MAX_VALUE;

  private final int heads;
  private final int side;
  private final Linear qkv;
  private final Linear globalQuery;
  private final Linear globalKeyValue;
  private final Dropout dropout;
  private final Linear out;

  /**
   * The tokens that see everything and are seen by all.
   *
   * @param index INT64 (B, G): where they stand, 0 for a row's missing ones
   * @param used BOOL (B, G): whether there is one
   * @param slot INT64 (B, T): which of the G a token is, 0 for the others
   * @param is BOOL (B, T): whether a token is global
   */
  public record Globals(Tensor index, Tensor used, Tensor slot, Tensor is) {
    /** Those that BOOL (B, T) marks; empty if it marks none. */
    public static Optional<Globals> of(Tensor is) {
      int batch = (int) is.size(0);
      int length = (int) is.size(1);
      long[] marks = is.to(Dtype.INT64).to(Device.CPU).toLongs();
      long[] slots = new long[marks.length];
      int[] counts = new int[batch];
      for (int at = 0; at < marks.length; at++)
        if (marks[at] != 0) slots[at] = counts[at / length]++;
      int most = Arrays.stream(counts).max().orElse(0);
      if (most == 0) return Optional.empty();
      long[] index = new long[batch * most];
      boolean[] used = new boolean[batch * most];
      for (int at = 0; at < marks.length; at++) {
        if (marks[at] == 0) continue;
        int to = at / length * most + (int) slots[at];
        index[to] = at % length;
        used[to] = true;
      }
      return Optional.of(
          new Globals(
              Tensor.of(index, batch, most).to(is.device()),
              Tensor.of(used, batch, most).to(is.device()),
              Tensor.of(slots, batch, length).to(is.device()),
              is));
    }
  }

  /**
   * @param side W, tokens seen on each side
   */
  public SlidingWindow(int model, int heads, int side, double dropout) {
    this.heads = heads;
    this.side = side;
    this.qkv = child("qkv", Linear.fused(3, model, model, true));
    this.globalQuery = child("globalQuery", new Linear(model, model, true));
    this.globalKeyValue = child("globalKeyValue", Linear.fused(2, model, model, true));
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", new Linear(model, model, true));
  }

  /**
   * (B, T, D) → (B, T, D), where W divides T. Shows {@code attentions} (B, H, T, G + 2W + 1): to
   * the global tokens, then to the window; and {@code global_attentions} (B, H, T, G): from them,
   * to the tokens that aren't shown too.
   *
   * @param real BOOL (B, T)
   * @param length how many tokens are shown
   */
  public Tensor forward(Tensor x, Tensor real, Optional<Globals> globals, long length) {
    Tensor[] maps = split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    Tensor q = maps[0].mul(1 / Math.sqrt(maps[0].size(3)));
    Tensor local = local(q, maps[1], dropout.rows(maps[2]), real, globals, length);
    Tensor all = globals.map(g -> overwrite(local, fromGlobals(x, real, g), g)).orElse(local);
    return out.forward(all.transpose(1, 2).reshape(x.shape())); // (B, T, D)
  }

  private Tensor local(
      Tensor q, Tensor k, Tensor v, Tensor real, Optional<Globals> globals, long length) {
    long batch = q.size(0);
    long tokens = q.size(2);
    long blocks = tokens / side;
    Tensor keys = around(k); // (B, H, N, 3W, Dh)
    Tensor scores =
        q.view(batch, heads, blocks, side, q.size(3)).matmul(keys.transpose(3, 4)); // (…, W, 3W)
    Tensor seen =
        globals.map(g -> real.logicalAnd(g.is().logicalNot())).orElse(real); // by the window
    Tensor allowed =
        around(seen.to(Dtype.INT64).unsqueeze(1).unsqueeze(3)) // (B, 1, N, 3W, 1)
            .transpose(3, 4)
            .ne(0)
            .logicalAnd(band(q.device())); // (B, 1, N, W, 3W)
    Tensor near =
        scores
            .maskedFill(allowed.logicalNot(), NEVER)
            .view(batch, heads, tokens, 3L * side); // (B, H, T, 3W)
    long width = globals.map(g -> g.index().size(1)).orElse(0L);
    Tensor both =
        globals
            .map(
                g ->
                    Tensor.cat(
                        3,
                        List.of(
                            q.matmul(pick(k, g.index()).transpose(2, 3))
                                .maskedFill(g.used().logicalNot().unsqueeze(1).unsqueeze(1), NEVER),
                            near)))
            .orElse(near);
    Tensor weights =
        both.softmax(3)
            .maskedFill(real.logicalNot().unsqueeze(1).unsqueeze(3), 0); // (B, H, T, G + 3W)
    show("attentions", () -> diagonals(weights, width, globals).narrow(2, 0, length));
    Tensor attended =
        weights
            .narrow(3, width, 3L * side)
            .reshape(batch, heads, blocks, side, 3L * side)
            .matmul(around(v))
            .view(batch, heads, tokens, v.size(3)); // (B, H, T, Dh)
    return globals
        .map(g -> attended.add(weights.narrow(3, 0, width).matmul(pick(v, g.index()))))
        .orElse(attended);
  }

  /** (B, H, G, Dh). */
  private Tensor fromGlobals(Tensor x, Tensor real, Globals globals) {
    Tensor index = globals.index().unsqueeze(2); // (B, G, 1)
    Tensor chosen = x.gather(1, index.expand(x.size(0), index.size(1), x.size(2))); // (B, G, D)
    Tensor q = split(globalQuery.forward(chosen), 1)[0]; // (B, H, G, Dh)
    Tensor[] kv = split(globalKeyValue.forward(x), 2); // 2 × (B, H, T, Dh)
    Tensor weights =
        q.mul(1 / Math.sqrt(q.size(3)))
            .matmul(kv[0].transpose(2, 3))
            .maskedFill(globals.used().logicalNot().unsqueeze(1).unsqueeze(3), NEVER)
            .maskedFill(real.logicalNot().unsqueeze(1).unsqueeze(1), NEVER)
            .softmax(3); // (B, H, G, T)
    show("global_attentions", () -> weights.transpose(2, 3));
    return weights.matmul(dropout.rows(kv[1]));
  }

  /** (B, H, T, Dh) with (B, H, G, Dh) in the global tokens' places. */
  private static Tensor overwrite(Tensor local, Tensor fromGlobals, Globals globals) {
    Tensor is = globals.is().unsqueeze(1).unsqueeze(3); // (B, 1, T, 1)
    return local
        .maskedFill(is, 0)
        .add(pick(fromGlobals, globals.slot()).maskedFill(is.logicalNot(), 0));
  }

  /** (B, H, S, Dh) at INT64 (B, N) → (B, H, N, Dh). */
  private static Tensor pick(Tensor x, Tensor index) {
    return x.gather(
        2, index.unsqueeze(1).unsqueeze(3).expand(x.size(0), x.size(1), index.size(1), x.size(3)));
  }

  /** (B, H, T, Dh) → (B, H, N, 3W, Dh): each block, with the one before and the one after. */
  private Tensor around(Tensor x) {
    long blocks = x.size(2) / side;
    Tensor parts = x.pad(0, 0, side, side).view(x.size(0), x.size(1), blocks + 2, side, x.size(3));
    return Tensor.cat(
        3,
        List.of(
            parts.narrow(2, 0, blocks), parts.narrow(2, 1, blocks), parts.narrow(2, 2, blocks)));
  }

  /** BOOL (W, 3W): the 2W + 1 keys around each query of a block. */
  private Tensor band(Device device) {
    boolean[] near = new boolean[3 * side * side];
    for (int i = 0; i < side; i++)
      Arrays.fill(near, i * 3 * side + i, i * 3 * side + i + 2 * side + 1, true);
    return Tensor.of(near, side, 3L * side).to(device);
  }

  /** (B, H, T, G + 3W) → (B, H, T, G + 2W + 1), 0 for global tokens. */
  private Tensor diagonals(Tensor weights, long width, Optional<Globals> globals) {
    long tokens = weights.size(2);
    int window = 2 * side + 1;
    long[] places = new long[(int) tokens * window];
    for (int i = 0; i < places.length; i++) places[i] = width + i / window % side + i % window;
    Tensor index =
        Tensor.of(places, 1, 1, tokens, window)
            .to(weights.device())
            .expand(weights.size(0), heads, tokens, window);
    Tensor all = Tensor.cat(3, List.of(weights.narrow(3, 0, width), weights.gather(3, index)));
    return globals.map(g -> all.maskedFill(g.is().unsqueeze(1).unsqueeze(3), 0)).orElse(all);
  }

  /** (B, N, maps·D) → maps × (B, H, N, Dh). */
  private Tensor[] split(Tensor projected, int maps) {
    return projected
        .view(
            projected.size(0),
            projected.size(1),
            maps,
            heads,
            projected.size(2) / ((long) maps * heads))
        .permute(2, 0, 3, 1, 4)
        .contiguous()
        .unbind(0);
  }
}
