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
 * @param kept the checkpoints that will be averaged, best or newest first
 * @param ended whether early stopping has ended the run
 * @param unlogged the updates since the latest line of the log
 */
public record TrainState(
    long step,
    Position next,
    double seconds,
    double best,
    int sinceBest,
    List<Kept> kept,
    boolean ended,
    Tally unlogged) {
  /** A validated set of weights on disk. */
  public record Kept(long step, double score) {}

  /**
   * Sums over updates.
   *
   * @param nll negative log-likelihood, in nats
   * @param seconds of the updates alone
   */
  public record Tally(double loss, double nll, long tokens, double seconds) {
    public static final Tally NOTHING = new Tally(0, 0, 0, 0);

    Tally plus(double loss, double nll, long tokens, double seconds) {
      return new Tally(
          this.loss + loss, this.nll + nll, this.tokens + tokens, this.seconds + seconds);
    }
  }

  public static final TrainState START =
      new TrainState(0, Position.START, 0, Double.NaN, 0, List.of(), false, Tally.NOTHING);

  TrainState logged() {
    return new TrainState(step, next, seconds, best, sinceBest, kept, ended, Tally.NOTHING);
  }
}
