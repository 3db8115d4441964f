package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Scores that are made without comparing tokens (Tay et al. 2020, "Synthesizer", section 3), of
 * query i for the key at place t, not scaled:
 *
 * <pre>
 * dense              W₂ relu(W₁ xᵢ) [t]
 * factorised_dense   A[t mod a] · B[⌊t/a⌋],   A = W_A xᵢ of a numbers, B = W_B xᵢ
 * random             R[i, t]
 * factorised_random  R₁[i] · R₂[t],           R₁ and R₂ of k numbers
 * dot                qᵢ · kₜ / √Dh, of ordinary attention, to be mixed with others
 * mixture            Σ αₙ Sₙ,  α = softmax of learned numbers
 * out = softmax(S) (X W_V) W_O
 * </pre>
 *
 * <p>B batch, T tokens, S keys, H heads, Dh head size, L the model's positions; P is B, or 1 where
 * all rows stand alike.
 */
public final class Synthesizer extends Mixer {
  /** A way to make scores. */
  public enum Way {
    DENSE,
    FACTORISED_DENSE,
    RANDOM,
    FACTORISED_RANDOM,
    DOT
  }

  /** Its options. */
  public record Options(
      @Doc("`dense`, `factorised_dense`, `random`, `factorised_random`, `dot`; several are mixed")
          List<Way> ways,
      @Doc("a: numbers of the first factor of `factorised_dense`; about the root of the positions")
          int factor,
      @Doc("k: numbers of each place in `factorised_random`") int rank)
      implements Mechanism {
    public Options {
      ways = List.copyOf(ways);
      if (ways.isEmpty()) throw new IllegalArgumentException("ways must name at least one");
      Sizes.positive("factor", factor);
      Sizes.positive("rank", rank);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Mixer self(Place place) {
      return new Synthesizer(this, place);
    }
  }

  private final int heads;
  private final int positions;
  private final Linear values;
  private final List<Synthesized> synthesized;
  private final Optional<Linear> compared; // queries and keys of `dot`
  private final Tensor shares; // (ways), whose softmax is α; those of `dot` come last
  private final Dropout dropout;
  private final Linear out;

  public Synthesizer(Options options, Place place) {
    int d = place.d();
    this.heads = place.heads();
    this.positions = place.positions();
    this.values = child("values", new Linear(d, d, false));
    this.synthesized =
        children(
            "ways",
            options.ways().stream()
                .filter(way -> way != Way.DOT)
                .map(way -> Synthesized.of(way, options, place))
                .toList());
    this.compared =
        options.ways().contains(Way.DOT)
            ? Optional.of(child("compared", Linear.fused(2, d, d, false)))
            : Optional.empty();
    int ways = synthesized.size() + (compared.isPresent() ? 1 : 0);
    this.shares = ways == 1 ? Init.zeros(1) : parameter("shares", Init.zeros(ways));
    this.dropout = child("dropout", new Dropout(place.dropout()));
    this.out = child("out", new Linear(d, d, true));
  }

  /** (B, T, D) → (B, T, D), to the tokens of the passes before too. */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor attended = attended(x, pass).transpose(1, 2); // (B, T, H, Dh)
    return out.forward(attended.reshape(x.shape()));
  }

  /** The heads' values, (B, H, T, Dh). */
  Tensor attended(Tensor x, Pass pass) {
    if (pass.length() > positions)
      throw new UserError(
          "a sequence of %d tokens is longer than the model's %d positions"
              .formatted(pass.length(), positions));
    Tensor v = dropout.rows(split(values.forward(x), heads)); // (B, H, T, Dh)
    Optional<Tensor> qk = compared.map(map -> split(map.forward(x), 2 * heads)); // (B, 2H, T, Dh)
    Tensor k = qk.map(both -> both.narrow(1, heads, heads)).orElseGet(() -> v.narrow(3, 0, 0));
    KeyValues all = pass.extend(this, k, v); // (B, H, S, ·)
    List<Tensor> scores = new ArrayList<>();
    for (Synthesized way : synthesized)
      scores.add(Offsets.columns(way.scores(x, pass.positions(), pass.length()), pass));
    qk.ifPresent(both -> scores.add(dots(both.narrow(1, 0, heads), all.keys())));
    Tensor weights = Scores.weights(mixed(scores).expand(x.size(0), -1, -1, -1), pass.mask());
    return show("attentions", weights).matmul(all.values());
  }

  private static Tensor dots(Tensor q, Tensor k) {
    return q.mul(1 / Math.sqrt((double) q.size(3))).matmul(k.transpose(2, 3)); // (B, H, T, S)
  }

  private Tensor mixed(List<Tensor> scores) {
    if (scores.size() == 1) return scores.get(0);
    Tensor alpha = shares.softmax(0); // (ways)
    Tensor sum = scores.get(0).mul(alpha.narrow(0, 0, 1));
    for (int i = 1; i < scores.size(); i++) sum = sum.add(scores.get(i).mul(alpha.narrow(0, i, 1)));
    return sum;
  }

  Linear values() {
    return values;
  }

  List<Synthesized> synthesized() {
    return synthesized;
  }

  /** (B, T, parts·N) → (B, parts, T, N). */
  static Tensor split(Tensor x, int parts) {
    return x.view(x.size(0), x.size(1), parts, -1).transpose(1, 2);
  }
}
