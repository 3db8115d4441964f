package dev.heed.task;

import dev.heed.data.SoundPreprocessor;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Preprocessors;
import dev.heed.model.SpeechEncoder;
import dev.heed.model.SpeechModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** How a model of a folder is given sound. */
record Listening(SoundPreprocessor preprocessor, Device device) {
  /**
   * As the model's own config says, or else the folder's preprocessor_config.json.
   *
   * @throws dev.heed.config.UserError if neither says it
   */
  static Listening of(Path folder, Checkpoint checkpoint, Device device) {
    Optional<SoundPreprocessor> own =
        checkpoint.model() instanceof SpeechModel model
            ? model.encoder().preprocessor()
            : checkpoint.model() instanceof SpeechEncoder encoder
                ? encoder.preprocessor()
                : Optional.empty();
    return new Listening(own.orElseGet(() -> Preprocessors.sound(folder)), device);
  }

  /** The model's input of recordings, as {@link SoundPreprocessor#features} makes it. */
  Tensor features(List<float[]> recordings) {
    return preprocessor.features(recordings).to(device);
  }

  /**
   * What a model makes of each recording, in order. Recordings of one length share a batch, so that
   * none is heard with another's padding.
   *
   * @param batch recordings at a time
   * @param model one result for each of B inputs (B, …)
   * @param done is told how many recordings more are done
   */
  <T> List<T> each(
      List<float[]> recordings, int batch, Function<Tensor, List<T>> model, IntConsumer done) {
    boolean filled = preprocessor.longest().isPresent();
    Map<Integer, List<Integer>> byLength = new TreeMap<>(Collections.reverseOrder());
    for (int i = 0; i < recordings.size(); i++)
      byLength
          .computeIfAbsent(filled ? 0 : recordings.get(i).length, length -> new ArrayList<>())
          .add(i);
    List<T> results = new ArrayList<>(Collections.nCopies(recordings.size(), null));
    for (List<Integer> alike : byLength.values())
      for (int from = 0; from < alike.size(); from += batch) {
        List<Integer> some = alike.subList(from, Math.min(from + batch, alike.size()));
        try (Scope scope = Scope.open();
            NoGrad off = NoGrad.on()) {
          List<T> heard = model.apply(features(some.stream().map(recordings::get).toList()));
          IntStream.range(0, some.size()).forEach(i -> results.set(some.get(i), heard.get(i)));
        }
        done.accept(some.size());
      }
    return results;
  }
}
