package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.ExchangeData;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;

/** Fine-tuning a model that writes texts: summaries, answers, on one page. */
public record GenerateRecipe(
    @Doc("`generate`: the target of a source") Task task,
    @Doc("folder of the encoder–decoder or decoder to start from, in Hugging Face's layout")
        String model,
    @Doc("sources with targets, and batches") ExchangeData data,
    @Doc("quality of what is generated: mean F1 of `rougeL`, or share that is `exact`")
        Quality quality,
    @Doc("which weights are trained") AdaptConfig adapt,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    GENERATE
  }

  /** What a validation measures. */
  public enum Quality {
    ROUGE_L,
    EXACT
  }

  public static final GenerateRecipe DEFAULT =
      new GenerateRecipe(
          Task.GENERATE,
          "model",
          ExchangeData.DEFAULT,
          Quality.ROUGE_L,
          AdaptConfig.DEFAULT,
          TrainConfig.FINE_TUNING.withValidatePairs(50));

  public GenerateRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static GenerateRecipe read(Path file, List<String> overrides) {
    return Configs.read(file, DEFAULT, overrides);
  }

  @Override
  public void check() {
    data.trainTexts();
    data.validTexts();
  }

  @Override
  public GenerateRecipe unbounded() {
    return new GenerateRecipe(task, model, data, quality, adapt, train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new GenerateRun(this, folder);
  }
}
