package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.ImageFile;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Clip;
import dev.heed.model.TextInput;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Scored;
import dev.heed.task.Classifier.Scores;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Tells which of some labels an image is like, without training for them, and makes vectors of
 * images and texts that lie close together where they mean the same (CLIP, Radford et al. 2021,
 * section 3.1).
 *
 * <pre>{@code
 * try (ZeroShot clip = ZeroShot.load(Path.of("models/clip"))) {
 *   ZeroShot pets = clip.among(List.of("a cat", "a dog"));
 *   String label = pets.classify(Path.of("photo.jpg")).label();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class ZeroShot implements AutoCloseable {
  private final Clip model;
  private final Tokenizer tokenizer;
  private final Seeing seeing;
  private final Options options;
  private final List<String> labels;
  private final List<float[]> candidates; // (L, P), of length 1

  /**
   * @param template what a label is put into, at {@code {}}, for the model to read
   * @param nBest labels of an image at most, best first
   * @param atLeast labels with a lower score are left out
   * @param batch images, or texts, at a time
   */
  public record Options(String template, int nBest, double atLeast, int batch) {
    /** As transformers' pipeline has them, but for the number of labels: the best alone. */
    public static final Options DEFAULT =
        new Options("This is a photo of {}.", 1, 0, Batches.DEFAULT);

    /**
     * @throws UserError if the template has no place for a label, or a number is below 1
     */
    public Options {
      if (!template.contains("{}"))
        throw new UserError(
            "the template \"%s\" has no {} where a label stands: add it".formatted(template));
      if (nBest < 1) throw new UserError("n-best must be at least 1, not " + nBest);
      Batches.check(batch);
    }
  }

  private ZeroShot(
      Clip model,
      Tokenizer tokenizer,
      Seeing seeing,
      Options options,
      List<String> labels,
      List<float[]> candidates) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.seeing = seeing;
    this.options = options;
    this.labels = labels;
    this.candidates = candidates;
  }

  /** Loads a folder onto the best device. */
  public static ZeroShot load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a CLIPModel's folder in Hugging Face's layout: {@code config.json}, {@code
   * model.safetensors}, {@code tokenizer.json}, {@code preprocessor_config.json}.
   *
   * @throws UserError if a file is missing or broken, or the model isn't CLIP
   */
  public static ZeroShot load(Path folder, Device device) {
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

  private static ZeroShot read(Path folder, Device device, EngineThread engine) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    if (!(checkpoint.model() instanceof Clip model))
      throw new UserError(
          "%s holds a %s, which doesn't compare images with texts: give a CLIPModel"
              .formatted(folder, checkpoint.architecture().name()));
    EncoderModel.freeze(model, device);
    Seeing seeing = Seeing.of(folder, checkpoint, device, engine);
    Tokenizer tokenizer = Tokenizer.load(folder);
    return new ZeroShot(model, tokenizer, seeing, Options.DEFAULT, List.of(), List.of());
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public ZeroShot with(Options options) {
    ZeroShot other = new ZeroShot(model, tokenizer, seeing, options, List.of(), List.of());
    return labels.isEmpty() ? other : other.among(labels);
  }

  public Options options() {
    return options;
  }

  /**
   * The same, choosing among these labels; closing either closes both.
   *
   * @throws UserError if there is none, or one has too many tokens
   */
  public ZeroShot among(List<String> labels) {
    if (labels.isEmpty()) throw new UserError("name at least one label to choose from");
    List<String> texts =
        labels.stream().map(label -> options.template().replace("{}", label)).toList();
    return new ZeroShot(model, tokenizer, seeing, options, List.copyOf(labels), embedTexts(texts));
  }

  /** The best label of an image. */
  public Scored classify(BufferedImage image) {
    return Classifier.best(new Classes(classify(List.of(image), done -> {}).get(0), false));
  }

  /** The best label of the image in a file. */
  public Scored classify(Path file) {
    return classify(ImageFile.read(file));
  }

  /**
   * The labels of images, best first: softmax of e^s · cos, where s was learned.
   *
   * @param done is told how many images more are done, on the model's thread
   * @throws IllegalStateException if no labels were named, or this is closed
   */
  public List<List<Scored>> classify(List<BufferedImage> images, IntConsumer done) {
    check();
    return seeing.images(images, options.batch(), this::scored, done);
  }

  /** As above, of images in files, which are read a batch at a time. */
  public List<List<Scored>> classifyFiles(List<Path> files, IntConsumer done) {
    check();
    return seeing.files(files, options.batch(), this::scored, done);
  }

  private void check() {
    if (labels.isEmpty()) throw new IllegalStateException("name labels first: among(labels)");
  }

  private List<List<Scored>> scored(Tensor pixels) {
    Tensor texts = tensor(candidates).to(seeing.device()); // (L, P)
    float[] scores = model.logits(model.embed(pixels), texts).toFloats(); // (B, L)
    Classifier.Options all =
        new Classifier.Options(
            Scores.SOFTMAX, options.nBest(), options.atLeast(), TooLong.FAIL, options.batch());
    return IntStream.range(0, (int) pixels.size(0))
        .mapToObj(i -> all.best(labels, scores, i * labels.size()))
        .toList();
  }

  private static Tensor tensor(List<float[]> rows) {
    int width = rows.get(0).length;
    float[] values = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++)
      System.arraycopy(rows.get(i), 0, values, i * width, width);
    return Tensor.of(values, rows.size(), width);
  }

  /** The vectors (P) of images, of length 1, in order. */
  public List<float[]> embedImages(List<BufferedImage> images) {
    return seeing.images(images, options.batch(), pixels -> rows(model.embed(pixels)), done -> {});
  }

  /**
   * The vectors (P) of texts as they are, of length 1, in order.
   *
   * @throws UserError if one has more tokens than the model reads
   */
  public List<float[]> embedTexts(List<String> texts) {
    List<int[]> ids = tokenizer.encodeAll(texts);
    int most = model.text().positions();
    for (int i = 0; i < ids.size(); i++)
      if (ids.get(i).length > most || ids.get(i).length == 0)
        throw new UserError(
            "\"%s\" has %d tokens, where the model reads 1 to %d: make it shorter"
                .formatted(texts.get(i), ids.get(i).length, most));
    return seeing
        .engine()
        .run(
            () -> {
              List<float[]> vectors = new ArrayList<>();
              for (int from = 0; from < ids.size(); from += options.batch())
                try (Scope scope = Scope.open();
                    NoGrad off = NoGrad.on()) {
                  int to = Math.min(from + options.batch(), ids.size());
                  vectors.addAll(rows(model.embed(input(ids.subList(from, to)))));
                }
              return vectors;
            });
  }

  /** Short texts end in more of their end tokens: the first counts, and sees none of the others. */
  private TextInput input(List<int[]> texts) {
    int longest = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
    int[] ids = new int[texts.size() * longest];
    for (int row = 0; row < texts.size(); row++) {
      int[] text = texts.get(row);
      System.arraycopy(text, 0, ids, row * longest, text.length);
      Arrays.fill(ids, row * longest + text.length, (row + 1) * longest, text[text.length - 1]);
    }
    Tensor all = Tensor.of(ids, texts.size(), longest).to(seeing.device()); // (B, T)
    return new TextInput(all, Optional.empty(), Optional.empty());
  }

  private static List<float[]> rows(Tensor vectors) {
    float[] all = vectors.toFloats();
    int width = (int) vectors.size(1);
    return IntStream.range(0, (int) vectors.size(0))
        .mapToObj(i -> Arrays.copyOfRange(all, i * width, (i + 1) * width))
        .toList();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    seeing.engine().close();
  }
}
