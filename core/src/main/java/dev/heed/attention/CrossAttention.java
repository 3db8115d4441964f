package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.function.Consumer;

/**
 * Multi-head attention of a decoder to the encoder's output (Vaswani et al. 2017, section 3.2.3).
 */
public final class CrossAttention extends Module {
  private final Linear q;
  private final Linear kv;
  private final MultiHead heads;

  /** The memory's keys and values, (B, H, S, Dh) each, made once and used at every step. */
  public record Memory(Tensor keys, Tensor values) {}

  public CrossAttention(int model, int memory, int heads, Kernel kernel, double dropout) {
    this.q = child("q", new Linear(model, model, true));
    this.kv = child("kv", Linear.fused(2, memory, model, true));
    this.heads = child("heads", new MultiHead(model, heads, kernel, dropout));
  }

  /** The encoder's output (B, S, Dm), projected. */
  public Memory project(Tensor memory) {
    Tensor[] maps = heads.split(kv.forward(memory), 2); // 2 × (B, H, S, Dh)
    return new Memory(maps[0], maps[1]);
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Memory memory, Mask mask) {
    Tensor queries = heads.split(q.forward(x), 1)[0]; // (B, H, T, Dh)
    return heads.forward(queries, memory.keys(), memory.values(), mask); // (B, T, D)
  }

  /** Gives the weights (B, H, T, S) of every later pass to {@code listener}. */
  public void probe(Consumer<Tensor> listener) {
    heads.probe(listener);
  }

  public void unprobe() {
    heads.unprobe();
  }
}
