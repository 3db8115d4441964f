package dev.heed.attention;

import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Self-attention of each piece of a sequence to itself and its neighbours, softmax(Q Kᵀ/√Dh) V over
 * what {@link Chunks} lets it see (Kitaev et al. 2020, as its code has it). B batch, T tokens, a
 * multiple of C unless they are fewer, H heads, Dh head size, N, C and M as in {@link Chunks}.
 */
public final class LocalAttention extends Module {
  private final int heads;
  private final int size; // Dh
  private final Chunks chunks;
  private final Linear qkv;
  private final Dropout dropout;
  private final Linear out;

  /**
   * @param size Dh; H·Dh needn't be D
   * @param dropout of the weights
   */
  public LocalAttention(int model, int heads, int size, Chunks chunks, double dropout) {
    this.heads = heads;
    this.size = size;
    this.chunks = chunks;
    this.qkv = child("qkv", Linear.fused(3, model, heads * size, false));
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", new Linear((long) heads * size, model, false));
  }

  /**
   * (B, T, D) → (B, T, D). Shows the weights (B, H, N, C, M), or (B, H, T, T) where all is one
   * piece, as {@code attentions}.
   *
   * @param real BOOL (B, T), which may be attended to; empty if all
   */
  public Tensor forward(Tensor x, Optional<Tensor> real) {
    long batch = x.size(0);
    long length = x.size(1);
    Chunks cut = chunks.of(length);
    Tensor[] maps =
        qkv.forward(x)
            .view(batch, length, 3, heads, size)
            .permute(2, 0, 3, 1, 4)
            .unbind(0); // 3 × (B, H, T, Dh)
    Tensor k = cut.seen(cut.cut(maps[1].mul(1 / Math.sqrt(size)))); // (B, H, N, M, Dh)
    Tensor dots = cut.cut(maps[0]).matmul(k.transpose(-2, -1)); // (B, H, N, C, M)
    Tensor scores =
        real.map(
                tokens -> {
                  Tensor allowed = cut.seen(cut.cut(tokens.unsqueeze(1))); // (B, 1, N, M)
                  return dots.maskedFill(allowed.unsqueeze(-2).logicalNot(), Chunks.FORBIDDEN);
                })
            .orElse(dots);
    Tensor weights = scores.sub(scores.logsumexp(-1).unsqueeze(-1)).exp();
    show("attentions", () -> length <= chunks.length() ? weights.squeeze(2) : weights);
    Tensor v = cut.seen(cut.cut(maps[2])); // (B, H, N, M, Dh)
    Tensor attended =
        dropout.forward(weights).matmul(v).reshape(batch, heads, length, size); // (B, H, T, Dh)
    return out.forward(
        attended.transpose(1, 2).reshape(batch, length, (long) heads * size)); // (B, T, D)
  }
}
