package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;

/** Fine-tuning an encoder to find answers in texts, on one page. */
public record SpanRecipe(
    @Doc("find the `answer` to a question in a text") Task task,
    @Doc("folder of the model to start from, in Hugging Face's layout") String model,
    @Doc("questions with their answers, windows and batches") SpanData data,
    @Doc("which weights are trained") AdaptConfig adapt,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    ANSWER
  }

  public static final SpanRecipe DEFAULT =
      new SpanRecipe(
          Task.ANSWER, "model", SpanData.DEFAULT, AdaptConfig.DEFAULT, TrainConfig.FINE_TUNING);

  public SpanRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if (train.labelSmoothing() > 0)
      throw new IllegalArgumentException(
          "train.labelSmoothing is for classes, and task answer learns places: set it to 0");
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static SpanRecipe read(Path file, List<String> overrides) {
    return Configs.read(file, DEFAULT, overrides);
  }

  @Override
  public void check() {
    data.read();
  }

  @Override
  public SpanRecipe unbounded() {
    return new SpanRecipe(task, model, data, adapt, train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new SpanRun(this, folder);
  }
}
