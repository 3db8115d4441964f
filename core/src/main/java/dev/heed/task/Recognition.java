package dev.heed.task;

import dev.heed.task.SpeechRecognizer.Options;
import dev.heed.task.SpeechRecognizer.Transcript;
import java.util.List;
import java.util.function.IntConsumer;

/** A way from sound to text, on the calling thread. */
interface Recognition {
  /** How to go it, to begin with. */
  Options options();

  /**
   * @throws dev.heed.config.UserError if it can't be gone so
   */
  void check(Options options);

  /**
   * What is said in each recording, in order.
   *
   * @param recordings samples at the model's rate
   * @param done is told how many recordings more are done
   */
  List<Transcript> transcribe(List<float[]> recordings, Options options, IntConsumer done);
}
