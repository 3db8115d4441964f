package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Makes a vector of each text, so that texts of like meaning lie close together (Reimers and
 * Gurevych 2019).
 *
 * <pre>{@code
 * try (Embedder embedder = Embedder.load(Path.of("models/all-MiniLM-L6-v2"))) {
 *   List<float[]> vectors = embedder.embed(List.of("A man rides.", "Someone is riding."));
 *   double like = Embedder.cosine(vectors.get(0), vectors.get(1));
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Embedder implements AutoCloseable {
  private final EncoderModel model;
  private final Map<String, String> prompts;
  private final int most;
  private final Options options;

  /**
   * @param unit whether vectors are scaled to length 1
   * @param prefix what is put before each text, such as {@code "query: "}
   * @param batch texts at a time
   */
  public record Options(Pooling pooling, boolean unit, String prefix, TooLong tooLong, int batch) {
    /**
     * @throws UserError if {@code batch} is below 1
     */
    public Options {
      Batches.check(batch);
    }

    /** The same, with another prefix. */
    public Options withPrefix(String prefix) {
      return new Options(pooling, unit, prefix, tooLong, batch);
    }
  }

  /**
   * A text's vector.
   *
   * @param tokens how many it was made of, special ones included
   * @param cut whether tokens at the text's end were left out
   */
  @SuppressWarnings("ArrayRecordComponent") // boxed, it would take 5 times the memory
  public record Vector(float[] values, int tokens, boolean cut) {}

  private Embedder(EncoderModel model, Map<String, String> prompts, int most, Options options) {
    this.model = model;
    this.prompts = prompts;
    this.most = most;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static Embedder load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout: {@code config.json}, {@code model.safetensors}, {@code
   * tokenizer.json}. Pooling, length and prompts are those of the sentence-transformers library's
   * files, where the folder has them; else vectors are means of unit length. Too long a text fails.
   *
   * @throws UserError if a file is missing or broken, or the model is no text encoder
   */
  public static Embedder load(Path folder, Device device) {
    SentenceTransformers told = SentenceTransformers.of(folder);
    EncoderModel model = EncoderModel.load(folder, "embedder", Optional.empty(), device);
    return new Embedder(
        model,
        told.prompts(),
        Math.min(model.positions(), told.most().orElse(Integer.MAX_VALUE)),
        new Options(told.pooling(), told.unit(), "", TooLong.FAIL, Batches.DEFAULT));
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public Embedder with(Options options) {
    return new Embedder(model, prompts, most, options);
  }

  public Options options() {
    return options;
  }

  /** The prefixes that the folder names, such as {@code query} and {@code passage}. */
  public Map<String, String> prompts() {
    return prompts;
  }

  /** The most tokens of a text. */
  public int most() {
    return most;
  }

  /** The vector (D) of a text. */
  public float[] embed(String text) {
    return embed(List.of(text)).get(0);
  }

  /** The vectors (D) of texts, in order. */
  public List<float[]> embed(List<String> texts) {
    return embed(texts, 1, done -> {}).stream().map(Vector::values).toList();
  }

  /**
   * The vectors (D) of texts, in order.
   *
   * @param first the number of the first, for messages
   * @param done is told how many texts more are done, on the model's thread
   * @throws UserError if a text has too many tokens and may not be cut
   * @throws IllegalStateException if this embedder is closed
   */
  public List<Vector> embed(List<String> texts, long first, IntConsumer done) {
    List<String> prefixed = texts.stream().map(options.prefix()::concat).toList();
    List<Row> rows = new Fitting(model.tokenizer(), most, options.tooLong(), first).rows(prefixed);
    return model.run(rows, options.batch(), this::vectors, done);
  }

  private List<Vector> vectors(Tensor hidden, List<Row> rows) {
    Tensor pooled = // (B, D)
        switch (options.pooling()) {
          case CLS -> hidden.select(1, 0);
          case MEAN -> weights(rows).to(hidden.device()).bmm(hidden).squeeze(1);
        };
    float[] all = pooled.toFloats();
    int d = all.length / rows.size();
    List<Vector> vectors = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      float[] values = Arrays.copyOfRange(all, i * d, (i + 1) * d);
      if (options.unit()) scale(values);
      vectors.add(new Vector(values, rows.get(i).size(), rows.get(i).cut()));
    }
    return vectors;
  }

  /** What each token adds to the mean, (B, 1, T). */
  private static Tensor weights(List<Row> rows) {
    int longest = rows.get(0).size();
    float[] weights = new float[rows.size() * longest];
    for (int i = 0; i < rows.size(); i++) {
      int tokens = rows.get(i).size();
      Arrays.fill(weights, i * longest, i * longest + tokens, 1f / tokens);
    }
    return Tensor.of(weights, rows.size(), 1, longest);
  }

  private static void scale(float[] values) {
    double length = Math.max(Math.sqrt(dot(values, values)), 1e-12);
    for (int i = 0; i < values.length; i++) values[i] = (float) (values[i] / length);
  }

  /** The cosine of the angle between two vectors, −1 to 1; 0 if either is all 0. */
  public static double cosine(float[] a, float[] b) {
    double lengths = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
    return lengths == 0 ? 0 : dot(a, b) / lengths;
  }

  private static double dot(float[] a, float[] b) {
    if (a.length != b.length)
      throw new IllegalArgumentException(
          "vectors of %d and %d values have no product".formatted(a.length, b.length));
    double sum = 0;
    for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
    return sum;
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    model.close();
  }
}
