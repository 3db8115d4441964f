package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Multi-head self-attention of a decoder whose fused projection has the rows of a head's query, key
 * and value next to each other, head by head, as Megatron-LM lays it out (Shoeybi et al. 2019,
 * section 3): a device that has a head then has all of its rows. {@link SelfAttention} has all
 * queries first.
 */
public final class MegatronAttention extends Module {
  private final int count;
  private final Linear qkv;
  private final MultiHead heads;

  public MegatronAttention(int model, int heads, boolean bias, double dropout) {
    this.count = heads;
    this.qkv = child("qkv", Linear.fused(3, model, model, bias));
    this.heads =
        child(
            "heads",
            new MultiHead(heads, new ScaledDotProduct(), dropout, new Linear(model, model, bias)));
  }

  /**
   * (B, T, D) → (B, T, D).
   *
   * @param rotation of queries and keys, if positions are rotary
   * @param mask the pass's, or one derived from it
   */
  public Tensor forward(Tensor x, Optional<Rotation> rotation, Mask mask, Pass pass) {
    Tensor maps =
        qkv.forward(x)
            .view(x.size(0), x.size(1), count, 3, -1) // (B, T, H, 3, Dh)
            .permute(0, 1, 3, 2, 4); // (B, T, 3, H, Dh)
    Tensor plain = maps.narrow(2, 0, 2);
    Tensor qk = rotation.map(r -> r.turn(plain)).orElse(plain); // (B, T, 2, H, Dh)
    Tensor q = qk.select(2, 0).transpose(1, 2); // (B, H, T, Dh)
    Tensor k = qk.select(2, 1).transpose(1, 2); // (B, H, T, Dh)
    Tensor v = maps.select(2, 2).transpose(1, 2); // (B, H, T, Dh)
    KeyValues all = pass.extend(this, k, v); // (B, H, S, Dh)
    return heads.forward(q, all.keys(), all.values(), mask); // (B, T, D)
  }
}
