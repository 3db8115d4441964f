package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.config.Kind;
import java.util.function.IntFunction;

/**
 * One feed-forward layer for all layers of a stack (Pires et al. 2023, "One Wide Feedforward is All
 * You Need", arXiv:2309.01826, who give it the width that all had together; Lan et al. 2020,
 * "ALBERT", §3.1).
 */
record Shared(@Doc("the layer: `dense`, `gated` or `low_rank`") Kind of)
    implements FeedForwardKind {
  @Override
  public IntFunction<FeedForwardLayer> stack(FeedForwards.Place place, int layers) {
    PositionWise one = FeedForwards.positionWise(of, place);
    return i -> one;
  }
}
