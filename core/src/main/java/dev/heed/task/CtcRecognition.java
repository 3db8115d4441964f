package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.SpeechModel;
import dev.heed.model.SpeechModel.Task;
import dev.heed.task.SpeechRecognizer.Options;
import dev.heed.task.SpeechRecognizer.Transcript;
import dev.heed.tensor.Tensor;
import dev.heed.text.CtcVocabulary;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;

/** Text by the best path: the likeliest token of each frame (Graves et al. 2006, eq. 4). */
record CtcRecognition(SpeechModel model, Listening listening, CtcVocabulary vocabulary)
    implements Recognition {
  @Override
  public Options options() {
    return new Options(
        DecodeConfig.DEFAULT.withBeam(1, 1), Optional.empty(), Optional.empty(), Batches.DEFAULT);
  }

  @Override
  public void check(Options options) {
    if (options.decode().beam() != 1
        || options.language().isPresent()
        || options.task().isPresent())
      throw new UserError(
          "a CTC model takes the best token of each frame: it has no beam, language or task");
  }

  @Override
  public List<Transcript> transcribe(List<float[]> recordings, Options options, IntConsumer done) {
    return listening.each(
        recordings,
        options.batch(),
        sound -> {
          Tensor frames = model.answer(Task.CTC, model.encode(sound, Optional.empty()));
          Tensor best = frames.argmax(-1); // (B, T)
          return LongStream.range(0, best.size(0))
              .mapToObj(row -> best.select(0, row).toLongs())
              .map(path -> LongStream.of(path).mapToInt(Math::toIntExact).toArray())
              .map(path -> new Transcript(vocabulary.text(path), path, Optional.empty()))
              .toList();
        },
        done);
  }
}
