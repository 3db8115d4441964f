package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.ImageFile;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Peft;
import dev.heed.model.Clip;
import dev.heed.model.ImageModel;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Options;
import dev.heed.task.Classifier.Scored;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Tells the class of an image.
 *
 * <pre>{@code
 * try (ImageClassifier classifier = ImageClassifier.load(Path.of("models/vit"))) {
 *   String label = classifier.classify(Path.of("cat.jpg")).label();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class ImageClassifier implements AutoCloseable {
  private final ImageModel model;
  private final Seeing seeing;
  private final List<String> labels;
  private final Options options;

  private ImageClassifier(ImageModel model, Seeing seeing, List<String> labels, Options options) {
    this.model = model;
    this.seeing = seeing;
    this.labels = labels;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static ImageClassifier load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout: {@code config.json}, {@code model.safetensors}, {@code
   * preprocessor_config.json}. Scores are as {@link Classifier#load(Path, Device)} has them; the
   * best label is told.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't classify images
   */
  public static ImageClassifier load(Path folder, Device device) {
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    EngineThread engine = new EngineThread("classifier");
    try {
      // On its own thread, where no scope of the caller's takes the weights back.
      return engine.run(() -> read(folder, device, engine));
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private static ImageClassifier read(Path folder, Device device, EngineThread engine) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    if (!(checkpoint.model() instanceof ImageModel model) || !model.has(ImageModel.Task.CLASS))
      throw new UserError(
          "%s holds a %s, which has no classes of images: give one such as ViTForImageClassification%s"
              .formatted(
                  folder,
                  checkpoint.architecture().name(),
                  checkpoint.model() instanceof Clip
                      ? ", or labels to choose from (--labels)"
                      : ""));
    Peft.beside(folder, checkpoint);
    EncoderModel.freeze(model, device);
    List<String> labels = Labels.of(checkpoint.config(), folder).names();
    return new ImageClassifier(
        model,
        Seeing.of(folder, checkpoint, device, engine),
        labels,
        Classifier.Options.of(checkpoint.config(), labels));
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public ImageClassifier with(Options options) {
    return new ImageClassifier(model, seeing, labels, options);
  }

  public Options options() {
    return options;
  }

  /** The classes' names, in the model's order. */
  public List<String> labels() {
    return labels;
  }

  /** The best label of an image. */
  public Scored classify(BufferedImage image) {
    return Classifier.best(classify(List.of(image), done -> {}).get(0));
  }

  /**
   * The best label of the image in a file.
   *
   * @throws UserError if it is missing, broken, or of another format than PNG, JPEG, GIF and BMP
   */
  public Scored classify(Path file) {
    return classify(ImageFile.read(file));
  }

  /**
   * The labels of images, in order.
   *
   * @param done is told how many images more are done, on the model's thread
   * @throws UserError if an image is in colours and the model reads gray ones
   * @throws IllegalStateException if this classifier is closed
   */
  public List<Classes> classify(List<BufferedImage> images, IntConsumer done) {
    return seeing.images(images, options.batch(), this::classes, done);
  }

  /** As above, of images in files, which are read a batch at a time. */
  public List<Classes> classifyFiles(List<Path> files, IntConsumer done) {
    return seeing.files(files, options.batch(), this::classes, done);
  }

  private List<Classes> classes(Tensor pixels) {
    float[] scores = model.logits(pixels).toFloats(); // (B, L)
    return IntStream.range(0, (int) pixels.size(0))
        .mapToObj(i -> options.best(labels, scores, i * labels.size()))
        .map(best -> new Classes(best, false))
        .toList();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    seeing.engine().close();
  }
}
