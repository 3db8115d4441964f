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
import java.util.stream.Stream;

/**
 * Guesses the token behind each mask of a text.
 *
 * <pre>{@code
 * try (FillMask filler = FillMask.load(Path.of("models/bert-base-uncased"))) {
 *   String best = filler.fill("Paris is the [MASK] of France.").get(0).get(0).token();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class FillMask implements AutoCloseable {
  private static final List<String> MASKS = List.of("[MASK]", "<mask>");

  private final EncoderModel model;
  private final String mask;
  private final Options options;

  /**
   * @param nBest tokens told for each mask
   * @param batch texts at a time
   */
  public record Options(int nBest, TooLong tooLong, int batch) {
    /**
     * @throws UserError if a number is below 1
     */
    public Options {
      if (nBest < 1) throw new UserError("n-best must be at least 1, not " + nBest);
      Batches.check(batch);
    }
  }

  /** A token, as it reads, and its probability. */
  public record Guess(String token, double score) {}

  /**
   * The guesses of a text.
   *
   * @param masks for each mask, best first
   * @param cut whether tokens at the text's end were left out
   */
  public record Filled(List<List<Guess>> masks, boolean cut) {}

  private FillMask(EncoderModel model, String mask, Options options) {
    this.model = model;
    this.mask = mask;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static FillMask load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout. The five best tokens are told, and too long a text
   * fails.
   *
   * @throws UserError if a file is missing or broken, the model guesses no masked tokens, or the
   *     tokenizer has no mask
   */
  public static FillMask load(Path folder, Device device) {
    EncoderModel model =
        EncoderModel.load(folder, "mask filler", Optional.of(Task.MASKED_LM), device);
    String mask = EncoderModel.closing(model, () -> mask(model));
    return new FillMask(model, mask, new Options(5, TooLong.FAIL, Batches.DEFAULT));
  }

  private static String mask(EncoderModel model) {
    return MASKS.stream()
        .filter(mask -> model.tokenizer().id(mask).isPresent())
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "%s: the tokenizer has no mask: add one of %s to it"
                        .formatted(model.folder(), String.join(", ", MASKS))));
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public FillMask with(Options options) {
    return new FillMask(model, mask, options);
  }

  public Options options() {
    return options;
  }

  /** What stands in a text for a token to be guessed, such as {@code [MASK]}. */
  public String mask() {
    return mask;
  }

  /** The guesses for each mask of a text, best first. */
  public List<List<Guess>> fill(String text) {
    return fill(List.of(text), 1, done -> {}).get(0).masks();
  }

  /**
   * The guesses for texts, in order.
   *
   * @param first the number of the first, for messages
   * @param done is told how many texts more are done, on the model's thread
   * @throws UserError if a text has no mask, or has too many tokens and may not be cut
   * @throws IllegalStateException if this filler is closed
   */
  public List<Filled> fill(List<String> texts, long first, IntConsumer done) {
    Tokenizer tokenizer = model.tokenizer();
    Fitting fitting = new Fitting(tokenizer, model.positions(), options.tooLong(), first);
    List<Row> rows = new ArrayList<>();
    for (String text : texts) {
      Encoding encoding = tokenizer.encoding(text);
      Row row = Row.of(encoding, fitting.kept(rows.size(), text, encoding));
      if (masks(row).length == 0)
        throw new UserError(
            "text %d has no mask%s: write %s where a token is to be guessed"
                .formatted(first + rows.size(), row.cut() ? " in what is left of it" : "", mask));
      rows.add(row);
    }
    return model.run(rows, options.batch(), this::filled, done);
  }

  /** Where the masks stand. */
  private int[] masks(Row row) {
    OptionalInt id = model.tokenizer().id(mask);
    return IntStream.range(0, row.size()).filter(t -> row.ids()[t] == id.getAsInt()).toArray();
  }

  private List<Filled> filled(Tensor hidden, List<Row> rows) {
    long longest = hidden.size(1);
    long[] places =
        IntStream.range(0, rows.size())
            .boxed()
            .flatMapToLong(r -> IntStream.of(masks(rows.get(r))).mapToLong(t -> r * longest + t))
            .toArray();
    Tensor masked = // (1, M, D): only what is asked for meets the vocabulary
        hidden
            .reshape(rows.size() * longest, hidden.size(2))
            .indexSelect(0, Tensor.of(places, places.length).to(hidden.device()))
            .unsqueeze(0);
    Tensor scores = model.model().answer(Task.MASKED_LM, masked).squeeze(0); // (M, V)
    int told = (int) Math.min(options.nBest(), scores.size(1));
    Tensor.TopK best = scores.softmax(-1).topk(told); // (M, N)
    float[] values = best.values().toFloats();
    long[] ids = best.indices().toLongs();
    List<Filled> filled = new ArrayList<>();
    int m = 0;
    for (Row row : rows) {
      List<List<Guess>> each = new ArrayList<>();
      for (int i = masks(row).length; i > 0; i--, m++) {
        int from = m * told;
        each.add(
            IntStream.range(from, from + told)
                .mapToObj(n -> new Guess(spelled((int) ids[n]), values[n]))
                .toList());
      }
      filled.add(new Filled(each, row.cut()));
    }
    return filled;
  }

  /** A token as it reads; as the vocabulary spells it where it is no text of its own. */
  private String spelled(int id) {
    Tokenizer tokenizer = model.tokenizer();
    if (id >= tokenizer.size()) return "";
    return Stream.of(tokenizer.decodeWithSpecials(new int[] {id}).strip())
        .filter(text -> !text.isEmpty() && !text.contains("\uFFFD"))
        .findFirst()
        .orElseGet(() -> tokenizer.token(id));
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    model.close();
  }
}
