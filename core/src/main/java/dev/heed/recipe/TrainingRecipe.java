package dev.heed.recipe;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What {@code heed train} reads: {@link Recipe}, or where it names a task {@link TextRecipe},
 * {@link SpanRecipe}, {@link GenerateRecipe}, {@link PretrainRecipe} or {@link ImageRecipe}.
 */
public sealed interface TrainingRecipe
    permits Recipe, TextRecipe, SpanRecipe, GenerateRecipe, PretrainRecipe, ImageRecipe {
  TrainConfig train();

  /**
   * Looks for the corpora.
   *
   * @throws UserError if one is missing
   */
  void check();

  /** This recipe without its bounds, so that runs which differ in length alone compare equal. */
  TrainingRecipe unbounded();

  /** The run of this recipe in a folder of its own. */
  TrainingRun run(RunFolder folder);

  /**
   * The run of this recipe.
   *
   * @param out the run's folder, new, unfinished or (with another bound) to be prolonged
   * @param say is told in a sentence what is going on
   */
  default TrainingRun run(Path out, Device device, Consumer<String> say) {
    return run(new RunFolder(out, this, device, say));
  }

  /** The run of this recipe on the best device, in silence: the folder's files tell how it goes. */
  default TrainingRun run(Path out) {
    return run(out, Device.of("auto"), said -> {});
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws UserError if a key is unknown or a value impossible
   */
  static TrainingRecipe read(Path file, List<String> overrides) {
    Optional<String> task = Configs.value(file, "task", overrides);
    if (task.isEmpty()) return Recipe.read(file, overrides);
    Reader reader = READERS.get(task.get());
    if (reader != null) return reader.read(file, overrides);
    throw new UserError(
        "%s: unknown task %s; choose one of %s, or leave it out to translate"
            .formatted(file, task.get(), String.join(", ", READERS.keySet())));
  }

  /** Who reads the recipe of each task. */
  Map<String, Reader> READERS = readers();

  /** Reads a recipe's file, with overrides. */
  interface Reader {
    TrainingRecipe read(Path file, List<String> overrides);
  }

  private static Map<String, Reader> readers() {
    Map<String, Reader> readers = new LinkedHashMap<>();
    for (String task : List.of("classify", "regress", "tag")) readers.put(task, TextRecipe::read);
    readers.put("answer", SpanRecipe::read);
    readers.put("generate", GenerateRecipe::read);
    for (String task : List.of("causal", "masked", "replaced", "spans", "denoise"))
      readers.put(task, PretrainRecipe::read);
    readers.put("images", ImageRecipe::read);
    return Collections.unmodifiableMap(readers);
  }
}
