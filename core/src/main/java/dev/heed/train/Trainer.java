package dev.heed.train;

import dev.heed.config.UserError;
import dev.heed.data.Bucket;
import dev.heed.data.Cursor;
import dev.heed.data.Position;
import dev.heed.nn.Module;
import dev.heed.optim.Optimizer;
import dev.heed.optim.Schedule;
import dev.heed.tensor.Autocast;
import dev.heed.tensor.Device;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The training loop. An update is: draw batches, run the model forward and backward over each, step
 * the optimizer at the schedule's rate. Around it: validation, checkpoints, early stopping,
 * averaging.
 *
 * <p>Each update seeds chance with (seed, step) and the order of batches is a function of (seed,
 * position), so a run resumed from a checkpoint makes the very updates that it would have made.
 */
public final class Trainer<B> {
  /** Why {@link #run} returned. */
  public enum End {
    /** A bound or early stopping; the averaged weights are in the model. */
    FINISHED,
    /** The caller asked for it; a checkpoint is saved. */
    STOPPED
  }

  /** What a trainer is given besides its configuration. */
  public record Parts<B>(
      Module model,
      Objective<B> objective,
      Optimizer optimizer,
      Schedule schedule,
      Function<Position, Cursor<Bucket>> batches,
      Function<Bucket, B> collate,
      Validator validator,
      Checkpoints checkpoints,
      Journal journal,
      Device device) {}

  private final TrainConfig config;
  private final Parts<B> parts;
  private TrainState state = TrainState.START;
  private double secondsBefore;
  private long startedAt;
  private Bucket ahead; // the batch that comes next

  public Trainer(TrainConfig config, Parts<B> parts) {
    this.config = config;
    this.parts = parts;
  }

  /** Goes on where the newest checkpoint stands, if there is one. */
  public Trainer<B> resume() {
    parts
        .checkpoints()
        .state()
        .ifPresent(
            saved -> {
              parts.checkpoints().restore(parts.model(), parts.optimizer());
              state = saved;
            });
    return this;
  }

  /** Whether nothing is left to do under this configuration. */
  public static boolean finished(TrainConfig config, TrainState state) {
    return state.ended()
        || (config.steps() > 0 && state.step() >= config.steps())
        || (config.minutes() > 0 && state.seconds() >= 60 * config.minutes())
        || (config.epochs() > 0 && state.next().epoch() >= config.epochs());
  }

  /**
   * Trains until a bound is reached or {@code stop}, asked before each update, says so.
   *
   * <p>A bound that doesn't fall on a validation brings about one more, for averaging. It comes
   * after the last checkpoint and leaves no trace there, so that a run that is prolonged is the one
   * that had the larger bound from the start.
   *
   * @throws UserError if the loss or a weight is no longer a number; the last checkpoint stays
   */
  public End run(BooleanSupplier stop) {
    secondsBefore = state.seconds();
    startedAt = System.nanoTime();
    parts.journal().start(state, config);
    try (Cursor<Bucket> batches = parts.batches().apply(state.next())) {
      ahead = batches.next();
      while (!finished(config, state)) {
        if (stop.getAsBoolean()) {
          save();
          return End.STOPPED;
        }
        update(batches);
        if (state.step() % config.validateEvery() == 0) validate();
        if (state.step() % config.saveEvery() == 0) save();
      }
    }
    save();
    if (state.step() % config.validateEvery() != 0) validate();
    parts.checkpoints().average(state.kept(), parts.model());
    return End.FINISHED;
  }

  /** One update of the weights. */
  private void update(Cursor<Bucket> batches) {
    double began = seconds();
    long step = state.step() + 1;
    Randomness.seed(config.seed(), step);
    List<B> drawn = new ArrayList<>();
    for (int i = 0; i < config.accumulate(); i++) {
      drawn.add(parts.collate().apply(ahead));
      ahead = batches.next(); // which also tells whether this was the last of its epoch
    }
    double weight = drawn.stream().mapToLong(parts.objective()::weight).sum();
    double lr = parts.schedule().lr(step);
    parts.optimizer().epoch(state.next().epoch());
    double sum = 0;
    double nll = 0;
    Map<String, Object> told = Map.of();
    try (Scope scope = Scope.open()) {
      for (B batch : drawn) {
        Objective.Loss loss = forward(batch, weight);
        loss.value().backward();
        sum += loss.sum();
        nll += loss.nll();
        told = loss.told();
      }
      if (!Double.isFinite(sum)) throw notANumber("the loss of", step);
      parts.optimizer().step(lr);
      parts.optimizer().zeroGrad();
    }
    double seconds = seconds();
    state =
        new TrainState(
            step,
            ahead.position(),
            seconds,
            state.best(),
            state.sinceBest(),
            state.kept(),
            false,
            state.unlogged().plus(sum, nll, (long) weight, seconds - began));
    parts.journal().told(told);
    parts.journal().update(state, sum / weight, nll / weight, lr, (long) weight);
    if (step % config.logEvery() == 0) state = state.logged();
  }

  private Objective.Loss forward(B batch, double weight) {
    if (config.numbers() == TrainConfig.Numbers.FLOAT32)
      return parts.objective().loss(batch, weight);
    try (Autocast bf16 = Autocast.bfloat16(parts.device())) {
      return parts.objective().loss(batch, weight);
    }
  }

  /** An update may spoil the weights though its own loss was a number. */
  private void checkWeights() {
    try (Scope scope = Scope.open()) {
      for (Tensor weight : parts.model().weights())
        if (!Double.isFinite(weight.detach().norm(Double.POSITIVE_INFINITY).item()))
          throw notANumber("a weight after", state.step());
    }
  }

  private UserError notANumber(String what, long step) {
    String kept =
        parts
            .checkpoints()
            .state()
            .map(saved -> "the checkpoint of step " + saved.step() + " is kept")
            .orElse("there is no checkpoint yet");
    return new UserError(
        "%s step %d is not a number: lower the learning rate or clip harder; %s"
            .formatted(what, step, kept));
  }

  private void validate() {
    checkWeights();
    parts.model().training(false);
    Validator.Result result = parts.validator().validate();
    parts.model().training(true);
    boolean byLoss = config.best() == TrainConfig.Best.LOSS;
    double score = byLoss ? -result.loss() : result.quality();
    boolean better = Double.isNaN(state.best()) || score > state.best();
    int sinceBest = better ? 0 : state.sinceBest() + 1;
    boolean ended = config.patience() > 0 && sinceBest >= config.patience();
    state =
        new TrainState(
            state.step(),
            state.next(),
            seconds(),
            better ? score : state.best(),
            sinceBest,
            keep(new TrainState.Kept(state.step(), score)),
            ended,
            state.unlogged());
    parts.journal().validation(state, result);
  }

  /** Adds a candidate for averaging; the worst (or the oldest) of too many goes. */
  private List<TrainState.Kept> keep(TrainState.Kept candidate) {
    List<TrainState.Kept> kept = new ArrayList<>(state.kept());
    kept.add(candidate);
    kept.sort(
        config.averageOf() == TrainConfig.Average.BEST
            ? Comparator.comparingDouble(TrainState.Kept::score).reversed()
            : Comparator.comparingLong(TrainState.Kept::step).reversed());
    if (kept.size() > config.average()) kept.remove(kept.size() - 1);
    if (kept.contains(candidate)) parts.checkpoints().keep(candidate.step(), parts.model());
    return List.copyOf(kept);
  }

  private void save() {
    checkWeights();
    parts.checkpoints().save(state, parts.model(), parts.optimizer());
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startedAt) / 1e9;
  }

  public TrainState state() {
    return state;
  }
}
