package dev.heed.train;

import java.util.Map;

/** Who is told of a run's progress: the log file, the progress bar. */
public interface Journal {
  /** Tells nobody. */
  Journal SILENT =
      new Journal() {
        @Override
        public void start(TrainState state, TrainConfig config) {}

        @Override
        public void update(TrainState state, double loss, double nll, double lr, long tokens) {}

        @Override
        public void validation(TrainState state, Validator.Result result) {}
      };

  /** Before the first update of this process. */
  void start(TrainState state, TrainConfig config);

  /**
   * After an update.
   *
   * @param loss mean loss of a target token
   * @param nll mean negative log-likelihood, in nats
   * @param tokens target tokens of this update
   */
  void update(TrainState state, double loss, double nll, double lr, long tokens);

  /** What parts of the model tell of an update, before {@link #update}; mostly nothing. */
  default void told(Map<String, Object> values) {}

  void validation(TrainState state, Validator.Result result);
}
