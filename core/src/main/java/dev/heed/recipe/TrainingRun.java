package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.train.Journal;
import dev.heed.train.Trainer;
import java.util.function.BooleanSupplier;

/** From a recipe to a model folder. */
public interface TrainingRun {
  /**
   * Starts the run or goes on with it.
   *
   * @param progress is told of updates and validations, besides the files
   * @param stop is asked after each update whether to save and return
   * @throws UserError if the run is finished, or was begun by a recipe that differs in more than
   *     its bounds
   */
  Trainer.End train(Journal progress, BooleanSupplier stop);

  /** Trains to the end, or goes on to it, without anybody listening. */
  default void train() {
    train(Journal.SILENT, () -> false);
  }
}
