package dev.heed.task;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code heed train} reads: {@link Recipe}, or where it names a task {@link TextRecipe} or
 * {@link PretrainRecipe}.
 */
public sealed interface TrainingRecipe permits Recipe, TextRecipe, PretrainRecipe {
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
    if (task.isEmpty()) return Recipe.read(file, overrides);
    return switch (task.get()) {
      case "classify", "tag" -> TextRecipe.read(file, overrides);
      case "causal", "masked" -> PretrainRecipe.read(file, overrides);
      default ->
          throw new UserError(
              "%s: unknown task %s; choose one of classify, tag, causal, masked, or leave it out to translate"
                  .formatted(file, task.get()));
    };
  }
}
