package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * MultiHead(Q, K, V) = Concat(head₁, …, head_H) Wᴼ (Vaswani et al. 2017, section 3.2.2), from
 * projected queries, keys and values on; {@link SelfAttention} and {@link CrossAttention} project.
 *
 * <p>Attention dropout removes whole keys for all queries of a head, by one mask on the values
 * (DropAttention over columns, Zehui et al. 2019; tensor2tensor's broadcast dropout): it needs no
 * T·S mask and leaves every kernel as fast as without it.
 */
public final class MultiHead extends Module {
  private final int heads;
  private final Kernel kernel;
  private final Dropout dropout;
  private final Linear out;
  private Optional<Before> before = Optional.empty();

  /** Keys and values that stand before those of the tokens, and that every query may attend to. */
  public interface Before {
    /**
     * (B, H, P, Dh) and (B, H, P, Dv).
     *
     * @param batch B
     * @param heads H, of keys
     */
    KeyValues get(long batch, long heads);
  }

  public MultiHead(int model, int heads, Kernel kernel, double dropout) {
    this(heads, kernel, dropout, new Linear(model, model, true));
  }

  /**
   * @param out Wᴼ, from the heads' values side by side, H·Dv
   */
  public MultiHead(int heads, Kernel kernel, double dropout, Linear out) {
    this.heads = heads;
    this.kernel = child("kernel", kernel);
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", out);
  }

  /**
   * q (B, H, T, Dh), k and v (B, H, S, Dh), or fewer heads of them if the kernel takes that → (B,
   * T, D). Shows them as {@code queries}, {@code keys} and {@code values}, and the weights (B, H,
   * T, S) as {@code attentions}.
   */
  public Tensor forward(Tensor q, Tensor k, Tensor v, Mask mask) {
    if (before.isEmpty()) return attend(q, k, v, mask);
    KeyValues first = before.get().get(k.size(0), k.size(1)); // (B, H, P, Dh)
    long prefix = first.keys().size(2);
    return attend(
        q,
        Tensor.cat(2, List.of(first.keys(), k)), // (B, H, P + S, Dh)
        Tensor.cat(2, List.of(first.values(), v)), // (B, H, P + S, Dv)
        mask.after(prefix));
  }

  private Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    show(q, k, v, mask);
    return join(kernel.attend(q, k, dropout.rows(v), mask));
  }

  /**
   * The same in a pass, where k and v (B, H, T, Dh) are those of its tokens alone. Shows the
   * weights of whole sequences. A prefix is of dense kernels, whose passes are all alike.
   */
  public Tensor forward(Tensor q, Tensor k, Tensor v, Pass pass) {
    if (before.isPresent()) {
      KeyValues all = pass.extend(kernel, k, v); // (B, H, S, Dh)
      return forward(q, all.keys(), all.values(), pass.mask());
    }
    if (pass.isWhole()) show(q, k, v, pass.mask());
    return join(kernel.attend(q, k, dropout.rows(v), pass));
  }

  private void show(Tensor q, Tensor k, Tensor v, Mask mask) {
    show("queries", q);
    show("keys", k);
    show("values", v);
    show("attentions", () -> kernel.weights(q, k, mask));
  }

  /** (B, H, T, Dv) → (B, T, D). */
  private Tensor join(Tensor attended) {
    Tensor concat =
        attended
            .transpose(1, 2)
            .reshape(attended.size(0), attended.size(2), heads * attended.size(3)); // (B, T, H·Dv)
    return out.forward(concat); // (B, T, D)
  }

  /** Puts keys and values before all others, whose parameters are this part's from now on. */
  public <B extends Module & Before> void before(B first) {
    before = Optional.of(child("before", first));
  }

  /** Takes them away. */
  public void nothingBefore() {
    before.ifPresent(first -> drop((Module) first));
    before = Optional.empty();
  }

  /** How many there are. */
  public int count() {
    return heads;
  }

  /** The last map, whose output is this part's. */
  public Linear last() {
    return out;
  }

  /** Maps that stand side by side, (B, N, maps·D), into heads: maps × (B, H, N, Dh). */
  public Tensor[] split(Tensor projected, int maps) {
    long batch = projected.size(0);
    long length = projected.size(1);
    long headSize = projected.size(2) / ((long) maps * heads);
    return projected
        .view(batch, length, maps, heads, headSize) // (B, N, maps, H, Dh)
        .permute(2, 0, 3, 1, 4) // (maps, B, H, N, Dh)
        .contiguous()
        .unbind(0);
  }

  /**
   * The same where all but the last are {@code width} wide, and the last takes what is left: (B, H,
   * N, width/H), and of the last (B, H, N, Dv).
   */
  Tensor[] split(Tensor projected, int maps, long width) {
    if (projected.size(2) == maps * width) return split(projected, maps);
    long first = (maps - 1) * width;
    Tensor[] all = Arrays.copyOf(split(projected.narrow(2, 0, first), maps - 1), maps);
    all[maps - 1] = split(projected.narrow(2, first, projected.size(2) - first), 1)[0];
    return all;
  }
}
