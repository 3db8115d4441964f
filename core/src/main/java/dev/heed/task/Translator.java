package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.Pair;
import dev.heed.decode.DecodeConfig;
import dev.heed.eval.Perplexity;
import dev.heed.inspect.AttentionMaps;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Translates lines with a trained encoder–decoder.
 *
 * <pre>{@code
 * try (Translator translator = Translator.load(Path.of("runs/m30k"))) {
 *   List<String> german = translator.translate(List.of("A man rides a horse."));
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own, because the engine
 * keeps a team of workers for every thread that calls it.
 */
public final class Translator implements AutoCloseable {
  private final Translation translation;
  private final EngineThread engine;

  private Translator(Translation translation, EngineThread engine) {
    this.translation = translation;
    this.engine = engine;
  }

  /** One output and its score: its log-probability over the length penalty. */
  public record Scored(String text, double score) {}

  /**
   * Loads a model folder onto the best device, with the search settings that it was trained with.
   *
   * @throws UserError if a file is missing or broken
   */
  public static Translator load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  public static Translator load(Path folder, Device device) {
    return new Translator(ModelFolder.translation(folder, device), new EngineThread("translator"));
  }

  /** The same model, on the same thread, with other search settings; closing either closes both. */
  public Translator with(DecodeConfig decode) {
    return with(decode, translation.rows());
  }

  /**
   * The same, with another number of sentences searched together.
   *
   * @throws UserError if {@code rows} is below 1
   */
  public Translator with(DecodeConfig decode, int rows) {
    if (rows < 1)
      throw new UserError("a batch must have at least 1 sentence, not %d".formatted(rows));
    Translation t = translation;
    return new Translator(
        new Translation(t.model(), t.source(), t.target(), decode, rows, t.device()), engine);
  }

  public DecodeConfig decode() {
    return translation.decode();
  }

  /**
   * How surprised the model is by the targets, given the sources and by teacher forcing: of each
   * target's tokens and its end.
   *
   * @throws UserError if there is no pair, or one is too long for the model
   */
  public Perplexity perplexity(List<Pair> pairs) {
    return engine.run(() -> References.perplexity(translation, pairs));
  }

  /** The best translation of each line, in order; an empty line stays empty. */
  public List<String> translate(List<String> lines) {
    return nBest(lines, done -> {}).stream().map(best -> best.get(0).text()).toList();
  }

  /**
   * The {@code decode().nBest()} best translations of each line, best first.
   *
   * @param done is told how many lines more are ready, on the model's thread
   * @throws UserError if a line is too long for the model
   * @throws IllegalStateException if this translator is closed
   */
  public List<List<Scored>> nBest(List<String> lines, IntConsumer done) {
    return nBest(lines, 1, done);
  }

  /** As above for lines out of a longer text, of which {@code first} numbers the first. */
  public List<List<Scored>> nBest(List<String> lines, long first, IntConsumer done) {
    return engine.run(() -> translation.translate(lines, first, done));
  }

  /**
   * What the model attends to while it translates a sentence as it finds best.
   *
   * @throws UserError if the sentence is blank or too long for the model
   */
  public AttentionMaps attention(String source) {
    return engine.run(() -> translation.attention(source, Optional.empty()));
  }

  /** As above, while it is made to say {@code target}. */
  public AttentionMaps attention(String source, String target) {
    return engine.run(() -> translation.attention(source, Optional.of(target)));
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    engine.close();
  }
}
