package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.function.Consumer;

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

  /** One new token for each hypothesis, (R, K, D) → (R, K, D), after those in the cache. */
  public Tensor step(Tensor x, BeamCache cache) {
    Tensor[] maps = heads.split(qkv.forward(x), 3); // 3 × (R, H, K, Dh)
    cache.append(maps[1], maps[2]);
    return heads.forward(maps[0], cache.keys(), cache.values(), cache.mask()); // (R, K, D)
  }

  /** Gives the weights (B, H, T, T) of every later pass to {@code listener}. */
  public void probe(Consumer<Tensor> listener) {
    heads.probe(listener);
  }

  public void unprobe() {
    heads.unprobe();
  }
}
