package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Keys and values projected along the length to p of them (Wang et al. 2020, eq. 7):
 *
 * <pre>out = softmax(Q (E K)ᵀ / √Dh) F V,   E, F (p, N)</pre>
 *
 * <p>E and F are learned for N positions, of which a text of n uses the first n columns; padding is
 * kept out of the sums. Time and memory are O(n·p). Order can't be kept: each projected key is of
 * all tokens.
 */
public final class Linformer extends Kernel {
  /** What projections have in common. */
  public enum Sharing {
    /** One for each head, for keys and for values. */
    NONE,
    /** One for all heads' keys, and one for their values. */
    HEADWISE,
    /** One for keys and values of all heads. */
    KEY_VALUE
  }

  /** Its options. */
  public record Options(
      @Doc("p: keys that are left") int rank,
      @Doc("what shares projections: `none`, all heads (`headwise`), or keys and values too")
          Sharing sharing)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("rank", rank);
    }

    @Override
    public Traits traits() {
      return new Traits(false, true, false, false, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      if (rank > place.positions())
        throw new IllegalArgumentException(
            "rank (%d) must be at most the model's positions (%d)"
                .formatted(rank, place.positions()));
      return new Linformer(this, place.heads(), place.positions());
    }
  }

  private final ScaledDotProduct exact = child("exact", new ScaledDotProduct());
  private final Tensor e; // (H or 1, p, N)
  private final Tensor f; // (H or 1, p, N)

  /**
   * @param positions N
   */
  public Linformer(Options options, int heads, int positions) {
    long sets = options.sharing() == Sharing.NONE ? heads : 1;
    double deviation = 1 / Math.sqrt(options.rank()); // as the paper's proof has it
    this.e = parameter("e", Init.normal(deviation, sets, options.rank(), positions));
    this.f =
        options.sharing() == Sharing.KEY_VALUE
            ? e
            : parameter("f", Init.normal(deviation, sets, options.rank(), positions));
  }

  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    return exact.attend(q, projected(e, k, mask), projected(f, v, mask), Mask.NONE);
  }

  /** What each query takes of each projected key, (B, H, T, p). */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return exact.weights(q, projected(e, k, mask), Mask.NONE);
  }

  /** (B, H, S, Dh) → (B, H, p, Dh). */
  private static Tensor projected(Tensor projection, Tensor x, Mask mask) {
    if (mask.isCausal()) throw new IllegalArgumentException("projected keys have no order");
    if (x.size(2) > projection.size(2))
      throw new UserError(
          "a sequence of %d tokens is longer than the %d positions that are projected"
              .formatted(x.size(2), projection.size(2)));
    Optional<Tensor> real = mask.keys().map(keys -> keys.transpose(2, 3)); // (B or 1, 1, S, 1)
    Tensor kept = real.map(keys -> x.maskedFill(keys.logicalNot(), 0)).orElse(x);
    return projection.narrow(2, 0, x.size(2)).matmul(kept);
  }
}
