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
  private final MultiHead heads;

  public CrossAttention(int model, int memory, int heads, Kernel kernel, double dropout) {
    this.q = child("q", new Linear(model, model, true));
    this.kv = child("kv", Linear.fused(2, memory, model, true));
    this.heads = child("heads", new MultiHead(model, heads, kernel, dropout));
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Memory memory, Pass pass) {
    KeyValues read = pass.once(this, () -> project(memory.states())); // (B, H, S, Dh)
    Tensor queries = heads.split(q.forward(x), 1)[0]; // (B, H, T, Dh)
    return heads.forward(queries, read.keys(), read.values(), memory.mask()); // (B, T, D)
  }

  private KeyValues project(Tensor states) {
    Tensor[] maps = heads.split(kv.forward(states), 2); // 2 × (B, H, S, Dh)
    return new KeyValues(maps[0], maps[1]);
  }
}
