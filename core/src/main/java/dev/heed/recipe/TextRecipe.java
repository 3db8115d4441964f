package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.LabelledData;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;

/** Fine-tuning an encoder of text, on one page. */
public record TextRecipe(
    @Doc("`classify` texts, give them a number (`regress`), or `tag` words") Task task,
    @Doc("folder of the model to start from, in Hugging Face's layout") String model,
    @Doc("texts with labels, and batches") LabelledData data,
    @Doc("which weights are trained") AdaptConfig adapt,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    CLASSIFY,
    REGRESS,
    TAG
  }

  public static final TextRecipe DEFAULT =
      new TextRecipe(
          Task.CLASSIFY,
          "model",
          LabelledData.DEFAULT,
          AdaptConfig.DEFAULT,
          TrainConfig.FINE_TUNING);

  public TextRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if ((task == Task.TAG) != (data.format() == LabelledData.Format.CONLL))
      throw new IllegalArgumentException(
          "task tag needs data.format conll, and tasks classify and regress tsv or jsonl");
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static TextRecipe read(Path file, List<String> overrides) {
    return Configs.read(file, DEFAULT, overrides);
  }

  @Override
  public void check() {
    data.trainTexts();
    data.validTexts();
  }

  @Override
  public TextRecipe unbounded() {
    return new TextRecipe(task, model, data, adapt, train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new TextRun(this, folder);
  }
}
