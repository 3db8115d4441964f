package dev.heed.train;

import dev.heed.data.Position;
import java.util.List;

/**
 * Where a run stands; with the weights and the optimizer's moments, all that resuming needs.
 *
 * @param step updates done
 * @param next the batch that comes next
 * @param seconds spent so far, validation included
 * @param best the best validation so far; NaN before the first
 * @param sinceBest validations since then
 * @param kept the checkpoints that will be averaged, best or oldest first
 * @param ended whether early stopping has ended the run
 */
public record TrainState(
    long step,
    Position next,
    double seconds,
    double best,
    int sinceBest,
    List<Kept> kept,
    boolean ended) {
  /** A validated set of weights on disk. */
  public record Kept(long step, double score) {}

  public static final TrainState START =
      new TrainState(0, Position.START, 0, Double.NaN, 0, List.of(), false);
}
