package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/** Multi-head attention of a sequence to itself; one product makes queries, keys and values. */
public final class SelfAttention extends Module {
  private final Linear qkv;
  private final MultiHead heads;

  public SelfAttention(int model, int heads, Kernel kernel, double dropout) {
    this.qkv = child("qkv", Linear.fused(3, model, model, true));
    this.heads = child("heads", new MultiHead(model, heads, kernel, dropout));
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Mask mask) {
    Tensor[] maps = heads.split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    return heads.forward(maps[0], maps[1], maps[2], mask); // (B, T, D)
  }

  /** (B, T, D) → (B, T, D), to the tokens of the passes before too. */
  public Tensor forward(Tensor x, Pass pass) {
    Tensor[] maps = heads.split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    KeyValues all = pass.extend(this, maps[1], maps[2]); // (B, H, S, Dh)
    return heads.forward(maps[0], all.keys(), all.values(), pass.mask()); // (B, T, D)
  }
}
