package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.train.Journal;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

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

  /**
   * The run of a recipe.
   *
   * @param out the run's folder, new, unfinished or (with another bound) to be prolonged
   * @param say is told in a sentence what is going on
   */
  static TrainingRun of(TrainingRecipe recipe, Path out, Device device, Consumer<String> say) {
    if (recipe instanceof TextRecipe text) return new TextRun(text, out, device, say);
    if (recipe instanceof PretrainRecipe text) return new PretrainRun(text, out, device, say);
    return new TranslationRun((Recipe) recipe, out, device, say);
  }
}
