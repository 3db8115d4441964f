package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;

/**
 * A feed-forward layer whose maps W are each two of rank r, W = U V (Winata et al. 2020,
 * "Lightweight and Efficient End-to-End Speech Recognition Using Low-Rank Transformer", §2.2,
 * arXiv:1910.13923):
 *
 * <pre>
 * FFN(x) = act(x V₁ᵀ U₁ᵀ + b₁) V₂ᵀ U₂ᵀ + b₂,  V₁ (r, D), U₁ (F, r), V₂ (r, F), U₂ (D, r)
 * </pre>
 *
 * <p>It is smaller than a dense one if r is below D·F/(D + F).
 */
public final class LowRank extends PositionWise {
  /** Its options. */
  public record Options(@Doc("r: the maps' rank, at most D and F") int rank)
      implements FeedForwardKind.OfPositions {
    public Options {
      Sizes.positive("rank", rank);
    }

    @Override
    public PositionWise layer(FeedForwards.Place place) {
      return new LowRank(rank, place);
    }
  }

  private final Linear in;
  private final Linear inner;
  private final Linear narrow;
  private final Linear out;
  private final Activation activation;
  private final Dropout dropout;

  LowRank(int rank, FeedForwards.Place place) {
    int least = Math.min(place.d(), place.ffn());
    if (rank > least)
      throw new IllegalArgumentException(
          "rank (%d) must be at most the lesser of d (%d) and ffn (%d)"
              .formatted(rank, place.d(), place.ffn()));
    this.in = child("in.down", new Linear(place.d(), rank, false));
    this.inner = child("in.up", new Linear(rank, place.ffn(), true));
    this.narrow = child("out.down", new Linear(place.ffn(), rank, false));
    this.out = child("out.up", new Linear(rank, place.d(), true));
    this.activation = place.activation();
    this.dropout = child("dropout", new Dropout(place.dropout()));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor hidden = activation.forward(inner.forward(in.forward(x))); // (…, F)
    return out.forward(narrow.forward(dropout.forward(hidden))); // (…, D)
  }
}
