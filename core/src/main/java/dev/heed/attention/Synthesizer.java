package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
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

  /** Scores of one kind. */
  abstract static class Scored extends Module {
    /**
     * x (B, T, D) → (B or P, H, T, N): the scores for the first N places.
     *
     * @param places INT64 (P, T), where the tokens stand
     */
    abstract Tensor scores(Tensor x, Tensor places, long n);
  }

  private final int heads;
  private final int positions;
  private final Linear values;
  private final List<Scored> synthesized;
  private final Optional<Linear> compared; // queries and keys of `dot`
  private final Tensor shares; // (ways), whose softmax is α; those of `dot` come last
  private final Dropout dropout;
  private final Linear out;

  public Synthesizer(Options options, Place place) {
    int d = place.d();
    this.heads = place.heads();
    this.positions = place.positions();
    this.values = child("values", new Linear(d, d, false));
    this.synthesized = children("ways", synthesized(options, place));
    this.compared =
        options.ways().contains(Way.DOT)
            ? Optional.of(child("compared", Linear.fused(2, d, d, false)))
            : Optional.empty();
    int ways = synthesized.size() + (compared.isPresent() ? 1 : 0);
    this.shares = ways == 1 ? Init.zeros(1) : parameter("shares", Init.zeros(ways));
    this.dropout = child("dropout", new Dropout(place.dropout()));
    this.out = child("out", new Linear(d, d, true));
  }

  private static List<Scored> synthesized(Options o, Place place) {
    List<Scored> all = new ArrayList<>();
    for (Way way : o.ways())
      switch (way) {
        case DENSE -> all.add(new Dense(place));
        case FACTORISED_DENSE -> all.add(new FactorisedDense(place, o.factor()));
        case RANDOM -> all.add(new Random(place));
        case FACTORISED_RANDOM -> all.add(new FactorisedRandom(place, o.rank()));
        case DOT -> {}
      }
    return all;
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
    for (Scored way : synthesized)
      scores.add(Offsets.columns(way.scores(x, pass.positions(), pass.length()), pass));
    qk.ifPresent(both -> scores.add(dots(both.narrow(1, 0, heads), all.keys())));
    Tensor weights = Scores.weights(mixed(scores).expand(x.size(0), -1, -1, -1), pass.mask());
    return show("attentions", weights).matmul(all.values());
  }

  private static Tensor dots(Tensor q, Tensor k) {
    return q.mul(1 / Math.sqrt(q.size(3))).matmul(k.transpose(2, 3)); // (B, H, T, S)
  }

  private Tensor mixed(List<Tensor> scores) {
    if (scores.size() == 1) return scores.get(0);
    Tensor alpha = shares.softmax(0); // (ways)
    Tensor sum = scores.get(0).mul(alpha.narrow(0, 0, 1));
    for (int i = 1; i < scores.size(); i++)
      sum = sum.add(scores.get(i).mul(alpha.narrow(0, i, 1)));
    return sum;
  }

  Linear values() {
    return values;
  }

  List<Scored> synthesized() {
    return synthesized;
  }

  /** (B, T, parts·N) → (B, parts, T, N). */
  private static Tensor split(Tensor x, int parts) {
    return x.view(x.size(0), x.size(1), parts, -1).transpose(1, 2);
  }

  /** The rows of (H, N, d) at places (P, T) → (P, H, T, d). */
  private static Tensor rows(Tensor table, Tensor places) {
    long heads = table.size(0);
    long size = table.size(2);
    return table
        .transpose(0, 1)
        .reshape(table.size(1), heads * size)
        .embedding(places, -1) // (P, T, H·d)
        .view(places.size(0), places.size(1), heads, size)
        .transpose(1, 2);
  }

  private static final class Dense extends Scored {
    private final int heads;
    private final Linear hidden; // W₁
    private final Tensor w; // (H, L, Dh), W₂
    private final Tensor b; // (H, L)

    Dense(Place p) {
      this.heads = p.heads();
      this.hidden = child("hidden", new Linear(p.d(), p.d(), true));
      double deviation = 1 / Math.sqrt(p.headSize());
      this.w = parameter("w", Init.normal(deviation, heads, p.positions(), p.headSize()));
      this.b = parameter("b", Init.zeros(heads, p.positions()));
    }

    @Override
    Tensor scores(Tensor x, Tensor places, long n) {
      Tensor h = split(hidden.forward(x).relu(), heads); // (B, H, T, Dh)
      return h.matmul(w.narrow(1, 0, n).transpose(1, 2)).add(b.narrow(1, 0, n).unsqueeze(1));
    }
  }

  private static final class FactorisedDense extends Scored {
    private final int heads;
    private final int factor; // a
    private final Linear near; // W_A
    private final Linear far; // W_B, of ⌈L/a⌉ numbers

    FactorisedDense(Place p, int factor) {
      this.heads = p.heads();
      this.factor = factor;
      this.near = child("near", new Linear(p.d(), (long) heads * factor, true));
      long blocks = Sizes.multiple(p.positions(), factor) / factor;
      this.far = child("far", new Linear(p.d(), heads * blocks, true));
    }

    @Override
    Tensor scores(Tensor x, Tensor places, long n) {
      Tensor a = split(near.forward(x), heads).unsqueeze(3); // (B, H, T, 1, a)
      Tensor b = split(far.forward(x), heads).unsqueeze(4); // (B, H, T, L/a, 1)
      return a.mul(b.narrow(3, 0, Sizes.multiple(n, factor) / factor))
          .reshape(x.size(0), heads, x.size(1), -1)
          .narrow(3, 0, n);
    }
  }

  private static final class Random extends Scored {
    private final Tensor r; // (H, L, L)

    Random(Place p) {
      this.r = parameter("r", Init.normal(1, p.heads(), p.positions(), p.positions()));
    }

    @Override
    Tensor scores(Tensor x, Tensor places, long n) {
      return rows(r.narrow(1, 0, n).narrow(2, 0, n), places);
    }
  }

  private static final class FactorisedRandom extends Scored {
    private final Tensor r1; // (H, L, k)
    private final Tensor r2; // (H, L, k)

    FactorisedRandom(Place p, int rank) {
      double deviation = Math.pow(rank, -0.25); // scores of variance 1
      this.r1 = parameter("r1", Init.normal(deviation, p.heads(), p.positions(), rank));
      this.r2 = parameter("r2", Init.normal(deviation, p.heads(), p.positions(), rank));
    }

    @Override
    Tensor scores(Tensor x, Tensor places, long n) {
      return rows(r1.narrow(1, 0, n), places).matmul(r2.narrow(1, 0, n).transpose(1, 2));
    }
  }
}
