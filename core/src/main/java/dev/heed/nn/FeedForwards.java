package dev.heed.nn;

import dev.heed.config.Kind;
import dev.heed.config.Registry;
import dev.heed.config.UserError;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** The feed-forward layers by the names that recipes and config.json use, a line each. */
public final class FeedForwards {
  private static final Kind DENSE = Kind.of("dense");

  private static final Registry<FeedForwardKind> ALL =
      Registry.<FeedForwardKind>of("feedForward")
          .with("dense", new FeedForward.Options(1))
          .with("gated", new GatedFeedForward.Options(GatedFeedForward.Gate.SILU, false))
          .with("low_rank", new LowRank.Options(64))
          .with("shared", new Shared(DENSE))
          .with("experts", new Experts(8, Experts.Way.TOP_K, 0, 0, 0, 0.01, 0.001, DENSE, 1));

  /**
   * Where a layer is to stand in a model.
   *
   * @param d model width D
   * @param ffn feed-forward width F
   * @param activation between the maps of layers that have no gate
   * @param dropout between the two maps
   * @param causal whether tokens mustn't see those after them
   */
  public record Place(int d, int ffn, Activation activation, double dropout, boolean causal) {
    public Place {
      Sizes.positive("d", d);
      Sizes.positive("ffn", ffn);
    }
  }

  private FeedForwards() {}

  /** Every name, in order. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * The sort of a name, with its options.
   *
   * @throws UserError if the name or an option is unknown (the nearest is named), or a value wrong
   */
  public static FeedForwardKind of(Kind kind) {
    return ALL.create(kind);
  }

  /**
   * The layers of a stack, each made when it is asked for.
   *
   * @throws UserError as {@link #of}, or if the layers can't stand there
   */
  public static IntFunction<FeedForwardLayer> stack(Kind kind, Place place, int layers) {
    IntFunction<FeedForwardLayer> made = refusing(kind, () -> of(kind).stack(place, layers));
    return i -> refusing(kind, () -> made.apply(i));
  }

  /** The layer that another sort makes experts or one for all of. */
  static PositionWise positionWise(Kind kind, Place place) {
    if (of(kind) instanceof FeedForwardKind.OfPositions sort) return sort.layer(place);
    throw new IllegalArgumentException(
        "of must be a layer of each token alone, dense, gated or low_rank, not " + kind.kind());
  }

  private static <T> T refusing(Kind kind, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new UserError("feedForward %s: %s".formatted(kind.kind(), e.getMessage()), e);
    }
  }
}
