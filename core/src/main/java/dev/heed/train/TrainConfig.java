package dev.heed.train;

import dev.heed.config.Doc;
import dev.heed.optim.OptimizerConfig;
import dev.heed.optim.ScheduleConfig;

/** How a model is trained; at least one of steps, minutes and epochs must bound the run. */
public record TrainConfig(
    @Doc("updates after which training ends; 0 = no bound") long steps,
    @Doc("minutes, validation included, after which training ends; 0 = no bound") double minutes,
    @Doc("passes over the corpus after which training ends; 0 = no bound") int epochs,
    @Doc("the one seed of weights, order and dropout") long seed,
    @Doc("probability spread over all tokens in the targets") double labelSmoothing,
    @Doc("batches whose gradients make one update") int accumulate,
    @Doc("element type of matrix products; weights are float32 throughout") Numbers numbers,
    @Doc("what the update is made of") OptimizerConfig optimizer,
    @Doc("learning rate over the updates") ScheduleConfig schedule,
    @Doc("updates between validations") int validateEvery,
    @Doc(
            "validation pairs whose targets are generated, greedily, to measure quality; 0 = loss alone; `classify` and `tag` measure it on all")
        int validatePairs,
    @Doc(
            "what makes a validation the best; quality is the task's own measure, such as BLEU, accuracy or F1")
        Best best,
    @Doc("validations without a new best after which training ends; 0 = never") int patience,
    @Doc("updates between checkpoints to resume from") int saveEvery,
    @Doc("validated weights that are averaged at the end; 1 = one alone, unaveraged") int average,
    @Doc("which of the validated weights are averaged") Average averageOf,
    @Doc("updates between lines of `metrics.jsonl`") int logEvery) {

  /** Element type of matrix products. */
  public enum Numbers {
    FLOAT32,
    BFLOAT16
  }

  /** What picks the best checkpoint. */
  public enum Best {
    LOSS,
    QUALITY
  }

  /** Which checkpoints are averaged. */
  public enum Average {
    BEST,
    LAST
  }

  public static final TrainConfig DEFAULT =
      new TrainConfig(
          100_000,
          0,
          0,
          1,
          0.1,
          1,
          Numbers.FLOAT32,
          OptimizerConfig.DEFAULT,
          ScheduleConfig.DEFAULT,
          500,
          500,
          Best.QUALITY,
          0,
          500,
          5,
          Average.BEST,
          50);

  /** Where fine-tuning starts from. */
  public static final TrainConfig FINE_TUNING =
      new TrainConfig(
          1000,
          0,
          0,
          1,
          0,
          1,
          Numbers.FLOAT32,
          OptimizerConfig.DEFAULT,
          ScheduleConfig.FINE_TUNING,
          200,
          1,
          Best.QUALITY,
          0,
          200,
          1,
          Average.BEST,
          20);

  public TrainConfig {
    notNegative("steps", steps);
    notNegative("minutes", minutes);
    notNegative("epochs", epochs);
    notNegative("validatePairs", validatePairs);
    notNegative("patience", patience);
    atLeastOne("accumulate", accumulate);
    atLeastOne("validateEvery", validateEvery);
    atLeastOne("saveEvery", saveEvery);
    atLeastOne("average", average);
    atLeastOne("logEvery", logEvery);
    if (!(labelSmoothing >= 0 && labelSmoothing < 1))
      throw new IllegalArgumentException(
          "labelSmoothing must be at least 0 and below 1, not " + labelSmoothing);
    if (best == Best.QUALITY && validatePairs == 0)
      throw new IllegalArgumentException(
          "validatePairs must be at least 1 where best is quality; or set best: loss");
  }

  /** The same without bounds on its length. */
  public TrainConfig unbounded() {
    return with(1, 0, 0, validatePairs, best);
  }

  /** The same with another measure of what is best. */
  public TrainConfig withBest(Best best) {
    return with(steps, minutes, epochs, validatePairs, best);
  }

  /** The same with another number of pairs to generate in a validation. */
  public TrainConfig withValidatePairs(int pairs) {
    return with(steps, minutes, epochs, pairs, best);
  }

  private TrainConfig with(long steps, double minutes, int epochs, int validatePairs, Best best) {
    return new TrainConfig(
        steps,
        minutes,
        epochs,
        seed,
        labelSmoothing,
        accumulate,
        numbers,
        optimizer,
        schedule,
        validateEvery,
        validatePairs,
        best,
        patience,
        saveEvery,
        average,
        averageOf,
        logEvery);
  }

  private static void notNegative(String name, double value) {
    if (!(value >= 0))
      throw new IllegalArgumentException(name + " must not be negative, not " + value);
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) throw new IllegalArgumentException(name + " must be at least 1, not " + value);
  }
}
