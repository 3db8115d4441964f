package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** Multi-head attention of a sequence to itself; one product makes queries, keys and values. */
public final class SelfAttention extends Mixer {
  private final Linear qkv;
  private final long keys; // H·Dk
  private final MultiHead heads;

  public SelfAttention(int model, int heads, Kernel kernel, double dropout) {
    this(Linear.fused(3, model, model, true), model, new MultiHead(model, heads, kernel, dropout));
  }

  private SelfAttention(Linear qkv, long keys, MultiHead heads) {
    this.qkv = child("qkv", qkv);
    this.keys = keys;
    this.heads = child("heads", heads);
  }

  /** The same with queries and keys of {@code keySize} numbers a head, and values of D/H. */
  static SelfAttention keyed(Place place, int keySize, Kernel kernel) {
    long keys = Math.multiplyExact(place.heads(), keySize);
    return new SelfAttention(
        Linear.stacked(place.d(), true, keys, keys, place.d()),
        keys,
        new MultiHead(place.d(), place.heads(), kernel, place.dropout()));
  }

  /** The same without biases of queries, keys and values. */
  public static SelfAttention unbiased(int model, int heads, Kernel kernel, double dropout) {
    return new SelfAttention(
        Linear.fused(3, model, model, false), model, new MultiHead(model, heads, kernel, dropout));
  }

  /**
   * T5's (Raffel et al. 2020): heads of any size, no biases, and scores that are not scaled;
   * queries begin that much smaller instead, as in the paper's code.
   *
   * @param headSize Dh
   */
  public static SelfAttention unscaled(int model, int heads, int headSize, double dropout) {
    int inner = Math.multiplyExact(heads, headSize);
    return new SelfAttention(
        Linear.fused(3, model, inner, 1 / Math.sqrt(headSize)),
        inner,
        new MultiHead(heads, new ScaledDotProduct(1), dropout, new Linear(inner, model, false)));
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x, Mask mask) {
    Tensor[] maps = heads.split(qkv.forward(x), 3, keys); // 3 × (B, H, T, Dh)
    return heads.forward(maps[0], maps[1], maps[2], mask); // (B, T, D)
  }

  /** (B, T, D) → (B, T, D), to the tokens of the passes before too. */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor[] maps = heads.split(qkv.forward(x), 3, keys); // 3 × (B, H, T, Dh)
    Optional<Rotation> rotation = pass.rotation();
    Tensor q = rotation.map(r -> r.turnHeads(maps[0])).orElse(maps[0]);
    Tensor k = rotation.map(r -> r.turnHeads(maps[1])).orElse(maps[1]);
    return heads.forward(q, k, maps[2], pass); // (B, T, D)
  }

  /** The same with another mask than the pass's own, such as that with a bias added. */
  public Tensor forward(Tensor x, Pass pass, Mask mask) {
    Tensor[] maps = heads.split(qkv.forward(x), 3, keys); // 3 × (B, H, T, Dh)
    KeyValues all = pass.extend(this, maps[1], maps[2]); // (B, H, S, Dh)
    return heads.forward(maps[0], all.keys(), all.values(), mask); // (B, T, D)
  }
}
