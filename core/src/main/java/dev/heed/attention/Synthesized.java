package dev.heed.attention;

import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;

/**
 * Scores made without comparing tokens: the ways of {@link Synthesizer}, whose letters these are.
 */
abstract class Synthesized extends Module {
  /**
   * x (B, T, D) → (B or P, H, T, N): the scores for the first N places.
   *
   * @param places INT64 (P, T), where the tokens stand
   */
  abstract Tensor scores(Tensor x, Tensor places, long n);

  static Synthesized of(Synthesizer.Way way, Synthesizer.Options o, Place place) {
    return switch (way) {
      case DENSE -> new Dense(place);
      case FACTORISED_DENSE -> new FactorisedDense(place, o.factor());
      case RANDOM -> new Random(place);
      case FACTORISED_RANDOM -> new FactorisedRandom(place, o.rank());
      case DOT -> throw new IllegalArgumentException("dot products compare tokens");
    };
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

  private static final class Dense extends Synthesized {
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
      Tensor h = Synthesizer.split(hidden.forward(x).relu(), heads); // (B, H, T, Dh)
      return h.matmul(w.narrow(1, 0, n).transpose(1, 2)).add(b.narrow(1, 0, n).unsqueeze(1));
    }
  }

  private static final class FactorisedDense extends Synthesized {
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
      Tensor a = Synthesizer.split(near.forward(x), heads).unsqueeze(3); // (B, H, T, 1, a)
      Tensor b = Synthesizer.split(far.forward(x), heads).unsqueeze(4); // (B, H, T, L/a, 1)
      return a.mul(b.narrow(3, 0, Sizes.multiple(n, factor) / factor))
          .reshape(x.size(0), heads, x.size(1), -1)
          .narrow(3, 0, n);
    }
  }

  private static final class Random extends Synthesized {
    private final Tensor r; // (H, L, L)

    Random(Place p) {
      this.r = parameter("r", Init.normal(1, p.heads(), p.positions(), p.positions()));
    }

    @Override
    Tensor scores(Tensor x, Tensor places, long n) {
      return rows(r.narrow(1, 0, n).narrow(2, 0, n), places);
    }
  }

  private static final class FactorisedRandom extends Synthesized {
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
