package dev.heed.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Sound;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.GenerationConfig;
import dev.heed.hub.Checkpoint;
import dev.heed.model.SpeechModel;
import dev.heed.model.SpeechToText;
import dev.heed.tensor.Device;
import dev.heed.text.CtcVocabulary;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Writes down what is said: with Whisper, or with a model that was trained by CTC.
 *
 * <pre>{@code
 * try (SpeechRecognizer recognizer = SpeechRecognizer.load(Path.of("models/whisper-tiny"))) {
 *   String text = recognizer.transcribe(Sound.read(Path.of("talk.wav"))).text();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class SpeechRecognizer implements AutoCloseable {
  private final Recognition recognition;
  private final int rate;
  private final Options options;
  private final EngineThread engine;

  /** What Whisper is to write. */
  public enum Task {
    /** What is said. */
    TRANSCRIBE,
    /** What it means in English. */
    TRANSLATE
  }

  /**
   * What is said in a recording.
   *
   * @param tokens of the text; of a CTC model, the best token of each frame
   * @param language its code, such as {@code de}, if it was told or found out
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Transcript(String text, int[] tokens, Optional<String> language) {}

  /**
   * How to recognize. All but {@code batch} is Whisper's.
   *
   * @param decode the search; {@code maxLength} counts without the prompt
   * @param language that is spoken: its code or English name. Without one, it is found out, where
   *     the model can
   * @param task without one, what generation_config.json says
   * @param batch recordings, or windows of 30 s of Whisper's, heard together
   */
  public record Options(
      DecodeConfig decode, Optional<String> language, Optional<Task> task, int batch) {
    /**
     * @throws UserError if {@code batch} is below 1
     */
    public Options {
      if (batch < 1) throw new UserError("a batch must have at least 1 recording, not " + batch);
    }
  }

  private SpeechRecognizer(
      Recognition recognition, int rate, Options options, EngineThread engine) {
    this.recognition = recognition;
    this.rate = rate;
    this.options = options;
    this.engine = engine;
  }

  /** Loads a folder onto the best device. */
  public static SpeechRecognizer load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout: {@code config.json}, weights and {@code
   * preprocessor_config.json}; of Whisper, {@code tokenizer.json} and {@code
   * generation_config.json}, whose settings are those to begin with; of a CTC model, {@code
   * vocab.json}.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't turn speech into text
   */
  public static SpeechRecognizer load(Path folder, Device device) {
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    EngineThread engine = new EngineThread("recognizer");
    try {
      // On its own thread, where no scope of the caller's takes the weights back.
      return engine.run(() -> read(folder, device, engine));
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private static SpeechRecognizer read(Path folder, Device device, EngineThread engine) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    checkpoint.model().training(false);
    boolean ctc =
        checkpoint.model() instanceof SpeechModel model && model.has(SpeechModel.Task.CTC);
    if (!ctc && !(checkpoint.model() instanceof SpeechToText))
      throw new UserError(
          "%s holds a %s, which doesn't turn speech into text: give one such as WhisperForConditionalGeneration or Wav2Vec2ConformerForCTC"
              .formatted(folder, checkpoint.architecture().name()));
    Listening listening = Listening.of(folder, checkpoint, device);
    Recognition recognition =
        ctc
            ? new CtcRecognition(
                (SpeechModel) checkpoint.model(), listening, CtcVocabulary.load(folder))
            : whisper(folder, checkpoint, listening);
    return new SpeechRecognizer(
        recognition, listening.preprocessor().rate(), recognition.options(), engine);
  }

  private static Recognition whisper(Path folder, Checkpoint checkpoint, Listening listening) {
    ObjectNode config = checkpoint.config();
    Path own = folder.resolve("generation_config.json");
    ObjectNode generation = Files.exists(own) ? Checkpoint.object(own) : config;
    return new WhisperRecognition(
        (SpeechToText) checkpoint.model(),
        listening,
        Tokenizer.load(folder),
        generation,
        settings(generation.deepCopy(), Files.exists(own) ? own : folder),
        config,
        config.path("max_target_positions").asInt(448));
  }

  private static GenerationConfig settings(ObjectNode generation, Path file) {
    generation.remove("forced_decoder_ids"); // part of the prompt, not of the search
    try {
      return GenerationConfig.read(generation, 0);
    } catch (UserError e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The same model on the same thread, used otherwise; closing either closes both.
   *
   * @throws UserError if the model can't be used so
   */
  public SpeechRecognizer with(Options options) {
    recognition.check(options);
    return new SpeechRecognizer(recognition, rate, options, engine);
  }

  public Options options() {
    return options;
  }

  /** What is said in a recording. */
  public Transcript transcribe(Sound sound) {
    return transcribe(List.of(sound), done -> {}).get(0);
  }

  /**
   * What is said in each recording, in order. Recordings at another rate than the model's are
   * resampled.
   *
   * @param done is told how many recordings more are done, on the model's thread
   * @throws UserError if a recording is too short for the model
   * @throws IllegalStateException if this recognizer is closed
   */
  public List<Transcript> transcribe(List<Sound> sounds, IntConsumer done) {
    List<float[]> recordings = sounds.stream().map(one -> one.at(rate).samples()).toList();
    return engine.run(() -> recognition.transcribe(recordings, options, done));
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    engine.close();
  }
}
