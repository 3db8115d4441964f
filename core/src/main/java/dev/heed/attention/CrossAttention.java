package dev.heed.attention;

import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/**
 * Multi-head attention of a decoder to the encoder's output (Vaswani et al. 2017, section 3.2.3).
 */
public final class CrossAttention extends Module {
  private final Linear q;
  private final Linear kv;
  private final long keys; // H·Dk
  private final MultiHead heads;

  public CrossAttention(int model, int memory, int heads, Kernel kernel, double dropout) {
    this(
        new Linear(model, model, true),
        Linear.fused(2, memory, model, true),
        model,
        new MultiHead(model, heads, kernel, dropout));
  }

  private CrossAttention(Linear q, Linear kv, long keys, MultiHead heads) {
    this.q = child("q", q);
    this.kv = child("kv", kv);
    this.keys = keys;
    this.heads = child("heads", heads);
  }

  /** As {@link SelfAttention#keyed}. */
  static CrossAttention keyed(Place place, int memory, int keySize, Kernel kernel) {
    long keys = Math.multiplyExact(place.heads(), keySize);
    return new CrossAttention(
        new Linear(place.d(), keys, true),
        Linear.stacked(memory, true, keys, place.d()),
        keys,
        new MultiHead(place.d(), place.heads(), kernel, place.dropout()));
  }

  /** As {@link SelfAttention#unscaled}. */
  public static CrossAttention unscaled(int model, int heads, int headSize, double dropout) {
    int inner = Math.multiplyExact(heads, headSize);
    return new CrossAttention(
        Linear.fused(1, model, inner, 1 / Math.sqrt(headSize)),
        Linear.fused(2, model, inner, false),
        inner,
        new MultiHead(heads, new ScaledDotProduct(1), dropout, new Linear(inner, model, false)));
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Memory memory, Pass pass) {
    KeyValues read = pass.once(this, () -> project(memory.states())); // (B, H, S, Dh)
    Tensor queries = heads.split(q.forward(x), 1)[0]; // (B, H, T, Dh)
    return heads.forward(queries, read.keys(), read.values(), memory.mask()); // (B, T, D)
  }

  private KeyValues project(Tensor states) {
    Tensor[] maps = heads.split(kv.forward(states), 2, keys); // 2 × (B, H, S, Dh)
    return new KeyValues(maps[0], maps[1]);
  }
}
