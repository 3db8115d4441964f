package dev.heed.task;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What {@code heed train} reads: {@link Recipe}, or {@link TextRecipe} where it names a task. */
public sealed interface TrainingRecipe permits Recipe, TextRecipe {
  TrainConfig train();

  /**
   * Looks for the corpora.
   *
   * @throws UserError if one is missing
   */
  void check();

  /** This recipe without its bounds, so that runs which differ in length alone compare equal. */
  TrainingRecipe unbounded();

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws UserError if a key is unknown or a value impossible
   */
  static TrainingRecipe read(Path file, List<String> overrides) {
    Optional<String> task = Configs.value(file, "task", overrides);
    return task.isPresent() ? TextRecipe.read(file, overrides) : Recipe.read(file, overrides);
  }
}
