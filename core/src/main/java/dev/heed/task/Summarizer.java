package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Seq2Seq;
import dev.heed.task.Generator.Generated;
import dev.heed.task.Generator.Settings;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Says in short what a text says, or whatever else an encoder–decoder was trained to make of one.
 *
 * <pre>{@code
 * try (Summarizer summarizer = Summarizer.load(Path.of("models/bart-large-cnn"))) {
 *   String summary = summarizer.summarize(article);
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Summarizer implements AutoCloseable {
  private static final String TASK = "summarization";
  private static final double NO_LIMIT = 1e9; // tokenizer_config.json writes 1e30

  /**
   * What the folder says.
   *
   * @param positions the most tokens that the encoder takes
   * @param trained the most that it was trained with
   */
  private record Loaded(Continuation model, Options options, int positions, int trained) {}

  private final Loaded loaded;
  private final Options options;
  private final EngineThread engine;

  /**
   * How to summarise.
   *
   * @param prefix what each text begins with, such as {@code summarize: }
   * @param settings of the search; its {@code truncate} isn't read
   * @param tooLong what becomes of a text with more tokens than the model takes
   */
  public record Options(String prefix, Settings settings, TooLong tooLong) {}

  /**
   * What was made of a text.
   *
   * @param outputs best first
   * @param cut whether tokens at the text's end were left out
   */
  public record Summary(List<Generated> outputs, boolean cut) {
    public Summary {
      outputs = List.copyOf(outputs);
    }

    /** The best. */
    public String text() {
      return outputs.get(0).text();
    }
  }

  private Summarizer(Loaded loaded, Options options, EngineThread engine) {
    this.loaded = loaded;
    this.options = options;
    this.engine = engine;
  }

  /** Loads a folder onto the best device. */
  public static Summarizer load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout. Settings are those of {@code generation_config.json},
   * and over them {@code task_specific_params.summarization} of {@code config.json}; the prefix is
   * from there too, or {@code prefix} of {@code config.json}. Too long a text fails.
   *
   * @throws UserError if a file is missing or broken, or the model is no encoder–decoder of texts
   */
  public static Summarizer load(Path folder, Device device) {
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    var engine = new EngineThread("summarizer");
    try {
      Loaded loaded = engine.run(() -> read(folder, device));
      return new Summarizer(loaded, loaded.options, engine);
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private static Loaded read(Path folder, Device device) {
    Checkpoint checkpoint = GeneratorFolder.checkpoint(folder, device);
    GeneratorFolder own = GeneratorFolder.of(checkpoint, folder, device, Optional.of(TASK));
    Continuation model = own.model();
    if (!(model.model() instanceof Seq2Seq))
      throw new UserError(
          "%s holds a %s, which has no encoder to read texts: give an encoder–decoder, or use Generator"
              .formatted(folder, checkpoint.architecture().name()));
    if (model.tokenizer().isEmpty())
      throw new UserError(folder + " has no tokenizer.json: put the model's there");
    ObjectNode config = checkpoint.config();
    JsonNode prefix = GeneratorFolder.specific(config, TASK).path("prefix");
    int positions = model.positions().orElse(Integer.MAX_VALUE);
    return new Loaded(
        model,
        new Options(
            (prefix.isTextual() ? prefix : config.path("prefix")).asText(""),
            own.settings(),
            TooLong.FAIL),
        positions,
        Math.min(positions, trained(folder)));
  }

  private static int trained(Path folder) {
    Path file = folder.resolve("tokenizer_config.json");
    if (!Files.exists(file)) return Integer.MAX_VALUE;
    JsonNode most = GeneratorFolder.read(file).path("model_max_length");
    return most.isNumber() && most.asDouble() < NO_LIMIT ? most.asInt() : Integer.MAX_VALUE;
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public Summarizer with(Options options) {
    return new Summarizer(loaded, options, engine);
  }

  public Options options() {
    return options;
  }

  /** The best output for a text. */
  public String summarize(String text) {
    return summarize(List.of(text), 1, done -> {}).get(0).text();
  }

  /**
   * The outputs for texts, in order.
   *
   * @param first the number of the first, for messages, and for what is drawn
   * @param done is told how many texts more are done, on the model's thread
   * @throws UserError if a text has too many tokens and may not be cut; where it may, it keeps as
   *     many as the model takes, or as {@code model_max_length} of {@code tokenizer_config.json}
   *     says
   * @throws IllegalStateException if this summarizer is closed
   */
  public List<Summary> summarize(List<String> texts, long first, IntConsumer done) {
    boolean cuts = options.tooLong == TooLong.CUT;
    Tokenizer tokenizer = loaded.model.tokenizer().orElseThrow();
    List<Row> rows =
        new Fitting(tokenizer, cuts ? loaded.trained : loaded.positions, options.tooLong, first)
            .rows(texts.stream().map(text -> options.prefix + text).toList());
    List<Prompt> prompts = new ArrayList<>();
    for (Row row : rows) prompts.add(new Prompt.Ids(row.ids()));
    List<List<Generated>> found =
        engine.run(() -> loaded.model.generate(prompts, options.settings, first, done));
    return IntStream.range(0, rows.size())
        .mapToObj(i -> new Summary(found.get(i), rows.get(i).cut()))
        .toList();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    engine.close();
  }
}
