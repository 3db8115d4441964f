package dev.heed.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Augmentation;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.ImageBatch;
import dev.heed.data.ImageData;
import dev.heed.data.ImagePreprocessor;
import dev.heed.data.ImagePreprocessor.Exactly;
import dev.heed.data.ImageSet;
import dev.heed.data.LabelledImage;
import dev.heed.data.Seeds;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Preprocessors;
import dev.heed.model.Architecture;
import dev.heed.model.ImageModel;
import dev.heed.task.Labels;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.train.ImageObjective;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/** From an {@link ImageRecipe} to the folder of a model that tells classes of images. */
public final class ImageRun implements TrainingRun {
  private static final int AUGMENTING = 1; // apart from the order of batches

  private final ImageRecipe recipe;
  private final RunFolder folder;

  ImageRun(ImageRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    ImageData data = recipe.data();
    ImageData.Images images = data.read();
    Labels labels = new Labels(images.classes());
    List<Example> training = examples(images.train(), labels);
    List<Example> validation = examples(images.valid(), labels);

    TrainConfig train = recipe.train();
    Randomness.seed(train.seed());
    Checkpoint checkpoint = checkpoint(labels);
    if (!(checkpoint.model() instanceof ImageModel model) || !model.has(ImageModel.Task.CLASS))
      throw new UserError(
          "architecture %s can't learn the classes of images: choose one such as ViTForImageClassification"
              .formatted(checkpoint.architecture().name()));
    ImagePreprocessor shaping = shaping(checkpoint.config());
    folder.say(
        "reading %,d images to train on and %,d to validate on",
        training.size(), validation.size());
    ImageSet trained = ImageSet.of(images.train(), shaping);
    ImageSet held = ImageSet.of(images.valid(), shaping);
    ImagePreprocessor preprocessor =
        recipe.start().isEmpty() ? trained.normalising(shaping) : shaping;
    Adaptation adaptation = Adaptation.of(checkpoint, recipe.adapt());
    folder.begin();
    folder.say(
        "%d classes; %s; %s; %d threads",
        labels.names().size(), adaptation.sizes(), folder.device(), Engine.threads());

    ImageObjective objective = new ImageObjective(model, train.labelSmoothing(), folder.device());
    Function<Bucket, ImageBatch> whole =
        bucket -> held.batch(bucket.examples(), preprocessor, Augmentation.NONE, Seeds.random(0));
    Trainer.End end =
        folder.train(
            new RunFolder.Learning<>(
                model,
                objective,
                Batches.of(training, data.batch(), train.seed()),
                bucket -> augmented(bucket, trained, preprocessor),
                new ImageValidator(objective, Batches.of(validation, data.batch(), 0), whole)),
            progress,
            stop);
    if (end == Trainer.End.FINISHED) {
      Preprocessors.save(folder.path(), preprocessor);
      adaptation.save(folder.path(), Path.of(recipe.start()));
    }
    return end;
  }

  /** An image is a sequence of one id, its number; so a batch has as many images as tokens. */
  private static List<Example> examples(List<LabelledImage> images, Labels labels) {
    return IntStream.range(0, images.size())
        .mapToObj(
            i -> {
              int label = labels.number(images.get(i).label(), images.get(i).where());
              return new Example(new int[] {i}, new int[] {label}, i + 1L);
            })
        .toList();
  }

  /**
   * The same batch of the same epoch is changed alike, so that a resumed run goes on as it would.
   */
  private ImageBatch augmented(Bucket bucket, ImageSet images, ImagePreprocessor preprocessor) {
    long seed = recipe.train().seed();
    var random =
        Seeds.random(seed, bucket.position().epoch(), bucket.position().batch(), AUGMENTING);
    return images.batch(bucket.examples(), preprocessor, recipe.augment(), random);
  }

  private Checkpoint checkpoint(Labels labels) {
    if (!recipe.start().isEmpty()) return load(Path.of(recipe.start()), labels);
    ObjectNode config = new ObjectMapper().valueToTree(recipe.model());
    labels.write(config);
    try {
      return Checkpoint.create(recipe.architecture(), config);
    } catch (IllegalArgumentException e) {
      throw new UserError("model: " + e.getMessage(), e);
    }
  }

  /** The model to start from, with a head for these labels. */
  private static Checkpoint load(Path start, Labels labels) {
    ObjectNode config = Checkpoint.config(start);
    String type = config.path("model_type").asText();
    Architecture<?> architecture =
        Architectures.all().stream()
            .filter(a -> a.type().equals(type) && a.name().endsWith("ForImageClassification"))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserError(
                        "%s: there is no ForImageClassification of model_type \"%s\""
                            .formatted(start, type)));
    labels.write(config);
    return Checkpoint.load(start, architecture, config, Device.CPU);
  }

  /** How images get the size and channels that the model reads. */
  private ImagePreprocessor shaping(ObjectNode config) {
    JsonNode sizes = config.path(config.has("vision_config") ? "vision_config" : "");
    JsonNode in = sizes.isMissingNode() ? config : sizes;
    int channels = Preprocessors.channels(config);
    if (!recipe.start().isEmpty()) return Preprocessors.images(Path.of(recipe.start()), channels);
    if (channels != 1 && channels != 3)
      throw new UserError(
          "model.num_channels is %d, where images have 1 (gray) or 3 (colours)"
              .formatted(channels));
    Exactly image = size(in.path("image_size"));
    Exactly patch = size(in.path("patch_size"));
    if (image.height() % patch.height() != 0 || image.width() % patch.width() != 0)
      throw new UserError(
          "model.image_size (%s) must be a multiple of model.patch_size (%s), or patches would leave out an edge"
              .formatted(image, patch));
    return ImagePreprocessor.plain(channels).resizing(image);
  }

  /** A side, or a height and a width; 1 where nothing is said. */
  private static Exactly size(JsonNode json) {
    int height = json.isArray() ? json.path(0).asInt() : json.asInt(1);
    return new Exactly(height, json.isArray() ? json.path(1).asInt() : height);
  }
}
