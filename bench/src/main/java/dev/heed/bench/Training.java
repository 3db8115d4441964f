package dev.heed.bench;

import dev.heed.config.UserError;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.model.Transformer;
import dev.heed.optim.Optimizer;
import dev.heed.optim.OptimizerConfig;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.train.Objective;
import dev.heed.train.TeacherForcing;
import java.util.List;
import java.util.Map;

/**
 * Our side of a training contest: the trainer's update, collating included, over the work folder's
 * batches in turn.
 */
final class Training implements Serve.Contestant {
  private static final double SMOOTHING = 0.1;
  private static final double LR = 3e-4;
  private static final OptimizerConfig ADAMW =
      new OptimizerConfig(
          OptimizerConfig.Kind.ADAMW, 0.9, 0.98, 1e-9, 0.01, List.of(), true, /* clip= */ 1);
  private static final long SEED = 1;

  private final Transformer model;
  private final List<List<Example>> batches;
  private final TeacherForcing objective;
  private final Optimizer optimizer;
  private long step;

  Training(Work work) {
    model = work.model();
    batches = work.batches(model.vocabulary().pad());
    objective = new TeacherForcing(model, SMOOTHING, Device.CPU);
    optimizer = ADAMW.create(model.parameters());
  }

  @Override
  public Map<String, Object> answer(String command, int number) {
    return switch (command) {
      case "check" -> check();
      case "warmup", "run" -> run(number);
      default -> throw Serve.Contestant.unknown(command);
    };
  }

  /** The loss of the first batch without dropout, in nats a target token. */
  Map<String, Object> check() {
    IdBatch batch = collate(batches.get(0));
    model.training(false);
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      double weight = objective.weight(batch);
      Objective.Loss loss = objective.loss(batch, weight);
      return Map.of("loss", loss.sum() / weight, "nll", loss.nll() / weight);
    } finally {
      model.training(true);
    }
  }

  Map<String, Object> run(int steps) {
    long tokens = 0;
    double loss = Double.NaN;
    long start = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      IdBatch batch = collate(batches.get((int) (step++ % batches.size())));
      loss = update(batch);
      tokens += objective.weight(batch);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of(
        "seconds", seconds,
        "target_tokens", tokens,
        "loss", loss,
        "peak_rss_mb", Machine.peakMiB());
  }

  /** What {@link dev.heed.train.Trainer} does for one update, and in its order. */
  private double update(IdBatch batch) {
    Randomness.seed(SEED, step);
    double weight = objective.weight(batch);
    try (Scope scope = Scope.open()) {
      Objective.Loss loss = objective.loss(batch, weight);
      loss.value().backward();
      if (!Double.isFinite(loss.sum()))
        throw new UserError("the loss of step %d is not a number".formatted(step));
      optimizer.step(LR);
      optimizer.zeroGrad();
      return loss.sum() / weight;
    }
  }

  private IdBatch collate(List<Example> examples) {
    return IdBatch.of(examples, model.vocabulary().pad(), model.vocabulary().bos());
  }
}
