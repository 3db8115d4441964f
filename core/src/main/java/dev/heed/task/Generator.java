package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.CausalLm;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Continues texts with a decoder, or answers them with an encoder–decoder, from a folder in Hugging
 * Face's layout.
 *
 * <pre>{@code
 * try (Generator generator = Generator.load(Path.of("models/gpt2"))) {
 *   generator.stream(new Prompt.Text("Once upon a time"), System.out::print);
 * }
 * }</pre>
 *
 * <p>One prompt for one output is read from where it differs from the text before it: a chat that
 * goes on, or a long beginning that prompts share, costs its reading once. The keys and values of
 * that last text stay in memory.
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Generator implements AutoCloseable {
  /** Why a text is no longer. */
  public enum Finish {
    /** The end token came, or a stop string. */
    STOP,
    /** The greatest length was reached. */
    LENGTH
  }

  /**
   * One output.
   *
   * @param text what was generated, without the prompt, up to a stop string; empty if the folder
   *     has no tokenizer
   * @param tokens what was generated, without the end token
   * @param score its log-probability over the length penalty
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Generated(
      String text, int[] tokens, double logProbability, double score, Finish finish) {}

  /**
   * How to generate.
   *
   * @param decode the search; of its lengths {@code maxLength} counts
   * @param countsPrompt whether {@code decode.maxLength()} counts the prompt's tokens too
   * @param stop texts that end an output before them
   * @param truncate whether a prompt with more tokens than fit loses the first of them; otherwise
   *     it is an error
   * @param rows prompts searched together
   */
  public record Settings(
      DecodeConfig decode, boolean countsPrompt, List<String> stop, boolean truncate, int rows) {
    public Settings {
      stop = List.copyOf(stop);
      if (stop.stream().anyMatch(String::isEmpty))
        throw new UserError("a stop string must have at least one character");
      if (rows < 1) throw new UserError("a batch must have at least 1 prompt, not " + rows);
    }
  }

  private final Continuation model;
  private final Settings settings;
  private final EngineThread engine;

  private Generator(Continuation model, Settings settings, EngineThread engine) {
    this.model = model;
    this.settings = settings;
    this.engine = engine;
  }

  /**
   * Loads a model folder onto the best device: {@code config.json} and weights; {@code
   * tokenizer.json} or llama2.c's {@code tok*.bin}, without which prompts are ids; {@code
   * generation_config.json}, whose settings are those to begin with; and a chat template in {@code
   * chat_template.jinja} or {@code tokenizer_config.json}.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't generate text
   */
  public static Generator load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  public static Generator load(Path folder, Device device) {
    var engine = new EngineThread("generator");
    GeneratorFolder loaded = engine.run(() -> GeneratorFolder.load(folder, device));
    return new Generator(loaded.model(), loaded.settings(), engine);
  }

  /** The same model, on the same thread, with other settings; closing either closes both. */
  public Generator with(Settings settings) {
    return new Generator(model, settings, engine);
  }

  /**
   * The same model with a small one of the same tokens, which drafts what it then judges in one
   * pass ({@link dev.heed.decode.SpeculativeSearch}): greedy outputs stay the same, and drawn ones
   * are distributed the same. Prompts are then searched one by one.
   *
   * @param ahead how many tokens are drafted at a time
   * @throws UserError if the folder can't be read, or its model doesn't fit
   */
  public Generator drafting(Path folder, int ahead) {
    return engine.run(
        () -> {
          if (!(GeneratorFolder.load(folder, model.device()).model().model()
              instanceof CausalLm small))
            throw new UserError(folder + " can't draft: give a decoder");
          var draft = new Continuation.Draft(small, ahead);
          return new Generator(model.with(draft), settings, engine);
        });
  }

  public Settings settings() {
    return settings;
  }

  /**
   * The best outputs of each prompt, best first, in order.
   *
   * @throws UserError if a prompt can't be read or is too long
   * @throws IllegalStateException if this generator is closed
   */
  public List<List<Generated>> generate(List<? extends Prompt> prompts) {
    return generate(prompts, 1, done -> {});
  }

  /**
   * As above for prompts out of a longer series. What is drawn for a prompt hangs on its number, so
   * that a series may be cut anywhere.
   *
   * @param first the number of the first
   * @param done is told how many prompts more are ready, on the model's thread
   */
  public List<List<Generated>> generate(
      List<? extends Prompt> prompts, long first, IntConsumer done) {
    return engine.run(() -> model.generate(new ArrayList<>(prompts), settings, first, done));
  }

  /** As {@link #generate}, for one prompt and its best output. */
  public Generated generate(Prompt prompt) {
    return generate(List.of(prompt)).get(0).get(0);
  }

  /**
   * Generates one output, and hands its text on as it comes, in pieces that never split a
   * character.
   *
   * @param pieces called on the model's thread
   * @throws UserError if a beam is wider than 1, or several samples are asked for
   */
  public Generated stream(Prompt prompt, Consumer<String> pieces) {
    if (!settings.decode().single())
      throw new UserError(
          "a text can be streamed only if it is one: take a beam of 1 and one output");
    return engine.run(() -> model.stream(prompt, settings, pieces));
  }

  @Override
  public void close() {
    engine.close(model.chains()::close);
  }
}
