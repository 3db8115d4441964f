package dev.heed.attention;

import dev.heed.attention.Disentangled.Places;
import dev.heed.attention.Disentangled.Terms;
import dev.heed.config.Doc;
import dev.heed.nn.Init;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;

/**
 * {@link Disentangled} with both terms of relative places, which are its own and not shared by the
 * layers as in DeBERTa. Places are told apart up to k tokens away (He et al. 2021, eq. 3):
 *
 * <pre>δ(i, j) = i − j + k, but at least 0 and at most 2k − 1</pre>
 */
public final class DisentangledSelf extends Mixer {
  /** Its options. */
  public record Options(@Doc("k: distances from which on all are alike") int furthest)
      implements Mechanism {
    public Options {
      Sizes.positive("furthest", furthest);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, false, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Mixer self(Place place) {
      return new DisentangledSelf(furthest, place);
    }
  }

  private final int furthest;
  private final Tensor vectors; // (2k, D)
  private final Disentangled attention;

  private DisentangledSelf(int furthest, Place place) {
    this.furthest = furthest;
    this.vectors = parameter("vectors", Init.normal(0.02, 2L * furthest, place.d()));
    Terms terms = new Terms(true, true, false);
    this.attention =
        child(
            "attention",
            new Disentangled(place.d(), place.heads(), terms, true, place.dropout(), 0));
  }

  /** (B, T, D) → (B, T, D). */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor distances =
        pass.positions().unsqueeze(2).sub(pass.keyPositions().unsqueeze(1)); // (P, T, S), i − j
    Tensor buckets = Offsets.within(distances, furthest, 0, 2L * furthest - 1);
    return attention.forward(x, new Places(vectors, buckets.unsqueeze(1)), pass);
  }
}
