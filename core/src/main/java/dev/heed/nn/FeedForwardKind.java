package dev.heed.nn;

import java.util.function.IntFunction;

/**
 * A sort of feed-forward layer with its options, before the sizes of the model are known. The
 * options of a sort are a record in the sort's own file that implements this, and {@link
 * FeedForwards} names it: that is all that adding one takes.
 */
public interface FeedForwardKind {
  /**
   * The layers of a stack, each made when it is asked for.
   *
   * @param layers how many the stack has
   * @throws IllegalArgumentException if the options don't fit the place
   */
  IntFunction<FeedForwardLayer> stack(FeedForwards.Place place, int layers);

  /** A sort that maps each vector alone, and can be an expert or be shared. */
  interface OfPositions extends FeedForwardKind {
    /**
     * @throws IllegalArgumentException if the options don't fit the place
     */
    PositionWise layer(FeedForwards.Place place);

    @Override
    default IntFunction<FeedForwardLayer> stack(FeedForwards.Place place, int layers) {
      return i -> layer(place);
    }
  }
}
