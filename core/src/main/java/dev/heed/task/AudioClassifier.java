package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.Sound;
import dev.heed.data.SoundPreprocessor;
import dev.heed.hub.Checkpoint;
import dev.heed.model.SpeechModel;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Options;
import dev.heed.task.Classifier.Scored;
import dev.heed.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Tells the class of a recording, such as the word that is said.
 *
 * <pre>{@code
 * try (AudioClassifier classifier = AudioClassifier.load(Path.of("models/kwt1"))) {
 *   String word = classifier.classify(Sound.read(Path.of("stop.wav"))).label();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class AudioClassifier implements AutoCloseable {
  private final SpeechModel model;
  private final Listening listening;
  private final List<String> labels;
  private final Options options;
  private final EngineThread engine;

  private AudioClassifier(
      SpeechModel model,
      Listening listening,
      List<String> labels,
      Options options,
      EngineThread engine) {
    this.model = model;
    this.listening = listening;
    this.labels = labels;
    this.options = options;
    this.engine = engine;
  }

  /** Loads a folder onto the best device. */
  public static AudioClassifier load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout, or of kws_streaming's. Scores are as {@link
   * Classifier#load(Path, Device)} has them; the best label is told, and too long a recording
   * fails.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't classify sound
   */
  public static AudioClassifier load(Path folder, Device device) {
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

  private static AudioClassifier read(Path folder, Device device, EngineThread engine) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    if (!(checkpoint.model() instanceof SpeechModel model) || !model.has(SpeechModel.Task.CLASS))
      throw new UserError(
          "%s holds a %s, which doesn't classify sound: give one such as Wav2Vec2ConformerForSequenceClassification"
              .formatted(folder, checkpoint.architecture().name()));
    model.training(false);
    List<String> labels = Labels.of(checkpoint.config(), folder).names();
    return new AudioClassifier(
        model,
        Listening.of(folder, checkpoint, device),
        labels,
        Classifier.Options.of(checkpoint.config(), labels),
        engine);
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public AudioClassifier with(Options options) {
    return new AudioClassifier(model, listening, labels, options, engine);
  }

  public Options options() {
    return options;
  }

  /** The classes' names, in the model's order. */
  public List<String> labels() {
    return labels;
  }

  /** The best label of a recording. */
  public Scored classify(Sound sound) {
    return Classifier.best(classify(List.of(sound), 1, done -> {}).get(0));
  }

  /**
   * The labels of recordings, in order. Those at another rate than the model's are resampled.
   *
   * @param first the number of the first, for messages
   * @param done is told how many recordings more are done, on the model's thread
   * @throws UserError if a recording is longer than the model hears and may not be cut, or too
   *     short
   * @throws IllegalStateException if this classifier is closed
   */
  public List<Classes> classify(List<Sound> sounds, long first, IntConsumer done) {
    SoundPreprocessor preprocessor = listening.preprocessor();
    int longest = preprocessor.longest().orElse(Integer.MAX_VALUE);
    List<float[]> recordings = new ArrayList<>();
    for (Sound sound : sounds) {
      float[] samples = sound.at(preprocessor.rate()).samples();
      if (samples.length > longest && options.tooLong() == TooLong.FAIL)
        throw new UserError(
            "recording %d lasts %.2f s, and the model hears %.2f s: cut it, or allow its end to be left out"
                .formatted(
                    first + recordings.size(),
                    sound.seconds(),
                    (double) longest / preprocessor.rate()));
      recordings.add(samples);
    }
    List<List<Scored>> scored =
        engine.run(
            () ->
                listening.each(
                    recordings,
                    options.batch(),
                    sound -> {
                      float[] scores =
                          model
                              .answer(SpeechModel.Task.CLASS, model.encode(sound, Optional.empty()))
                              .toFloats(); // (B, L)
                      return IntStream.range(0, scores.length / labels.size())
                          .mapToObj(i -> options.best(labels, scores, i * labels.size()))
                          .toList();
                    },
                    done));
    return IntStream.range(0, scored.size())
        .mapToObj(i -> new Classes(scored.get(i), recordings.get(i).length > longest))
        .toList();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    engine.close();
  }
}
