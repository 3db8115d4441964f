package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.Augmentation;
import dev.heed.data.ImageData;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Training a model to tell the classes of images, on one page. */
public record ImageRecipe(
    @Doc("`images`: their classes") Task task,
    @Doc("folder of the model to start from, in Hugging Face's layout; empty: from scratch")
        String start,
    @Doc("from scratch: Hugging Face's name of the model, such as `SwinForImageClassification`")
        String architecture,
    @Doc(
            "from scratch: keys of the model's config.json, such as `image_size`; the rest are its defaults")
        Map<String, Object> model,
    @Doc("images with classes, and batches") ImageData data,
    @Doc("how training images are changed") Augmentation augment,
    @Doc("which weights of a model to start from are trained") AdaptConfig adapt,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    IMAGES
  }

  public static final ImageRecipe DEFAULT =
      new ImageRecipe(
          Task.IMAGES,
          "",
          "ViTForImageClassification",
          Map.of(),
          ImageData.DEFAULT,
          Augmentation.NONE,
          AdaptConfig.DEFAULT,
          TrainConfig.FINE_TUNING);

  public ImageRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if (start.isEmpty() && adapt.kind() != AdaptConfig.Kind.FULL)
      throw new IllegalArgumentException(
          "adapt.kind must be full from scratch: name a trained model in start, or leave adapt out");
    if (!start.isEmpty() && !model.isEmpty())
      throw new IllegalArgumentException(
          "model's keys are for training from scratch: with start, leave them out");
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static ImageRecipe read(Path file, List<String> overrides) {
    return Configs.read(file, DEFAULT, overrides);
  }

  @Override
  public void check() {
    data.read();
  }

  @Override
  public ImageRecipe unbounded() {
    return new ImageRecipe(
        task, start, architecture, model, data, augment, adapt, train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new ImageRun(this, folder);
  }
}
