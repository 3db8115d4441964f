package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Finds what a text names, such as people and places.
 *
 * <pre>{@code
 * try (Tagger tagger = Tagger.load(Path.of("models/ner"))) {
 *   for (Tagger.Entity entity : tagger.tag("Ada lived in London."))
 *     System.out.println(entity.label() + " " + entity.text());
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Tagger implements AutoCloseable {
  private final EncoderModel model;
  private final List<String> labels;
  private final Options options;

  /**
   * @param tooLong what to do with too long a text, where it isn't read in windows
   * @param stride reads too long a text in windows that share so many tokens, at most half of what
   *     they have room for
   * @param batch texts or windows at a time
   */
  public record Options(Merge merge, TooLong tooLong, OptionalInt stride, int batch) {
    /**
     * @throws UserError if {@code batch} is below 1 or {@code stride} below 0
     */
    public Options {
      if (stride.orElse(0) < 0)
        throw new UserError(
            "windows that share %d tokens are impossible".formatted(stride.getAsInt()));
      Batches.check(batch);
    }
  }

  /**
   * A part of a text, {@code text.substring(start, end)}, in Java chars.
   *
   * @param score the mean of its tokens' or words' probabilities
   */
  public record Entity(String label, double score, String text, int start, int end) {}

  /**
   * What a text names.
   *
   * @param entities as they stand in the text
   * @param cut whether tokens at the text's end were left out
   */
  public record Tagged(List<Entity> entities, boolean cut) {}

  private Tagger(EncoderModel model, List<String> labels, Options options) {
    this.model = model;
    this.labels = labels;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static Tagger load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout. Entities are merged by {@link Merge#SIMPLE}, and too
   * long a text fails.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't label tokens
   */
  public static Tagger load(Path folder, Device device) {
    EncoderModel model = EncoderModel.load(folder, "tagger", Optional.of(Task.TOKENS), device);
    List<String> labels =
        EncoderModel.closing(model, () -> Labels.of(model.config(), model.folder()).names());
    return new Tagger(
        model,
        labels,
        new Options(Merge.SIMPLE, TooLong.FAIL, OptionalInt.empty(), Batches.DEFAULT));
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public Tagger with(Options options) {
    return new Tagger(model, labels, options);
  }

  public Options options() {
    return options;
  }

  /** The names of a token's classes, in the model's order. */
  public List<String> labels() {
    return labels;
  }

  /** What a text names. */
  public List<Entity> tag(String text) {
    return tag(List.of(text), 1, done -> {}).get(0).entities();
  }

  /**
   * What texts name, in order.
   *
   * @param first the number of the first, for messages
   * @param done is told how many texts more are done, on the model's thread
   * @throws UserError if a text has too many tokens and may not be cut
   * @throws IllegalStateException if this tagger is closed
   */
  public List<Tagged> tag(List<String> texts, long first, IntConsumer done) {
    Tokenizer tokenizer = model.tokenizer();
    Fitting fitting = new Fitting(tokenizer, model.positions(), options.tooLong(), first);
    List<Encoding> encodings = texts.stream().map(tokenizer::encoding).toList();
    List<int[]> kept = new ArrayList<>();
    List<Integer> owners = new ArrayList<>(); // the text of each row
    for (int i = 0; i < texts.size(); i++)
      for (int[] some : kept(fitting, i, texts.get(i), encodings.get(i))) {
        kept.add(some);
        owners.add(i);
      }
    List<Row> rows =
        IntStream.range(0, kept.size())
            .mapToObj(r -> Row.of(encodings.get(owners.get(r)), kept.get(r)))
            .toList();
    boolean split = options.stride().isPresent();
    List<float[]> scores =
        model.run(rows, options.batch(), this::scores, split ? read -> {} : done);
    if (split) done.accept(texts.size());
    Entities entities = new Entities(labels, options.merge());
    List<List<Entity>> found = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) found.add(new ArrayList<>());
    boolean[] cut = new boolean[texts.size()];
    for (int r = 0; r < rows.size(); r++) {
      int i = owners.get(r);
      String text = texts.get(i);
      found
          .get(i)
          .addAll(entities.of(text, tokens(text, encodings.get(i), kept.get(r), scores.get(r))));
      cut[i] = !split && rows.get(r).cut();
    }
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new Tagged(split ? Entities.apart(found.get(i)) : found.get(i), cut[i]))
        .toList();
  }

  /** The tokens to read of a text, once or, if it is long, in windows. */
  private List<int[]> kept(Fitting fitting, int i, String text, Encoding encoding) {
    if (options.stride().isEmpty() || encoding.size() <= fitting.most())
      return List.of(fitting.kept(i, text, encoding));
    return fitting
        .windows(encoding, fitting.place(encoding, text), options.stride().getAsInt())
        .stream()
        .map(Fitting.Window::kept)
        .toList();
  }

  /** A row's T · L scores; beyond its own tokens they mean nothing. */
  private List<float[]> scores(Tensor hidden, List<Row> rows) {
    Tensor scores = model.model().answer(Task.TOKENS, hidden); // (B, T, L)
    List<float[]> each = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) each.add(scores.select(0, i).toFloats());
    return each;
  }

  /** The tokens that stand for some of the text. */
  private List<Entities.Token> tokens(String text, Encoding encoding, int[] kept, float[] scores) {
    List<Entities.Token> tokens = new ArrayList<>();
    for (int t = 0; t < kept.length; t++) {
      Encoding.Span span = encoding.spans().get(kept[t]);
      if (span.end() > span.start())
        tokens.add(
            new Entities.Token(
                span.start(),
                span.end(),
                continues(text, encoding.tokens().get(kept[t]), span.start()),
                Softmax.of(scores, t * labels.size(), labels.size())));
    }
    return tokens;
  }

  /** Whether a token goes on with a word; where the vocabulary doesn't tell, spaces part words. */
  private boolean continues(String text, String token, int start) {
    String prefix = model.tokenizer().continuation();
    return prefix.isEmpty()
        ? start > 0
            && !Character.isWhitespace(text.charAt(start - 1))
            && !Character.isWhitespace(text.charAt(start))
        : token.startsWith(prefix);
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    model.close();
  }
}
