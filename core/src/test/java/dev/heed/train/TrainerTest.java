package dev.heed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.nn.Module;
import dev.heed.optim.Optimizer;
import dev.heed.optim.OptimizerConfig;
import dev.heed.optim.ScheduleConfig;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The loop around a model of one weight, where every mishap can be brought about. */
@ExtendWith(OneThread.class)
final class TrainerTest {
  private static final int BATCHES = 4; // of an epoch

  @TempDir private Path dir;
  private final List<Long> validated = new ArrayList<>();
  private long step;

  private static final class OneWeight extends Module {
    final Tensor weight = parameter("weight", Tensor.full(1, Dtype.FLOAT32, Device.CPU, 1));
  }

  /** Goes wrong at one step: spoils the weight, or can't be written. */
  private final class Faulty implements Optimizer {
    private final Tensor weight;
    private final long spoils;
    private final LongPredicate unwritable;

    Faulty(Tensor weight, long spoils, LongPredicate unwritable) {
      this.weight = weight;
      this.spoils = spoils;
      this.unwritable = unwritable;
    }

    @Override
    public void step(double lr) {
      step++;
      try (NoGrad off = NoGrad.on()) {
        weight.add_(Tensor.full(step == spoils ? Double.NaN : 1, Dtype.FLOAT32, Device.CPU, 1));
      }
    }

    @Override
    public void zeroGrad() {
      weight.clearGrad();
    }

    @Override
    public Map<String, Tensor> state() {
      if (unwritable.test(step)) throw new UserError("could not write: No space left on device");
      return Map.of();
    }

    @Override
    public void load(Map<String, Tensor> state) {}
  }

  private static TrainConfig config(long steps, int epochs) {
    return new TrainConfig(
        steps,
        0,
        epochs,
        1,
        0,
        1,
        TrainConfig.Numbers.FLOAT32,
        OptimizerConfig.DEFAULT,
        ScheduleConfig.DEFAULT,
        6,
        0,
        TrainConfig.Best.LOSS,
        0,
        5,
        1,
        TrainConfig.Average.LAST,
        1);
  }

  private Trainer<Bucket> trainer(TrainConfig config, long spoils, LongPredicate unwritable) {
    OneWeight model = new OneWeight();
    List<Example> examples =
        LongStream.rangeClosed(1, BATCHES)
            .mapToObj(i -> new Example(new int[] {1}, new int[] {1}, i))
            .toList();
    Objective<Bucket> objective =
        new Objective<>() {
          @Override
          public long weight(Bucket batch) {
            return 1;
          }

          @Override
          public Loss loss(Bucket batch, double divisor) {
            Tensor value = model.weight.mul(1 / divisor);
            return new Loss(value, value.item(), value.item());
          }
        };
    Validator validator =
        () -> {
          validated.add(step);
          return new Validator.Result(1, 1, Double.NaN);
        };
    return new Trainer<>(
        config,
        new Trainer.Parts<>(
            model,
            objective,
            new Faulty(model.weight, spoils, unwritable),
            config.schedule().create(),
            Batches.of(examples, 1, 1)::from,
            bucket -> bucket,
            validator,
            new Checkpoints(dir),
            new MetricsLog(dir.resolve("metrics.jsonl")),
            Device.CPU));
  }

  private Optional<Long> saved() {
    return new Checkpoints(dir).state().map(TrainState::step);
  }

  private static String sentence(Trainer<?> trainer) {
    return assertThrows(UserError.class, () -> trainer.run(() -> false)).getMessage();
  }

  @Test
  void aLossThatIsNoNumberStopsAndKeepsTheCheckpoint() {
    assertEquals(
        "the loss of step 8 is not a number: lower the learning rate or clip harder; the checkpoint of step 5 is kept",
        sentence(trainer(config(100, 0), 7, s -> false)));
    assertEquals(Optional.of(5L), saved());
  }

  @Test
  void aWeightThatIsNoNumberIsNeitherSavedNorValidated() {
    assertEquals(
        "a weight after step 5 is not a number: lower the learning rate or clip harder; there is no checkpoint yet",
        sentence(trainer(config(100, 0), 5, s -> false)));
    assertEquals(Optional.empty(), saved());
    step = 0;
    assertTrue(
        sentence(trainer(config(100, 0), 6, s -> false))
            .endsWith("the checkpoint of step 5 is kept"));
    assertEquals(List.of(), validated);
  }

  @Test
  void aDiskThatFillsLeavesTheCheckpointBeforeAndNothingElse() throws IOException {
    assertEquals(
        "could not write: No space left on device",
        sentence(trainer(config(100, 0), 0, s -> s == 10)));
    assertEquals(Optional.of(5L), saved());
    try (var left = Files.list(dir.resolve("checkpoints"))) {
      assertEquals(
          List.of("kept-6.safetensors", "step-5"),
          left.map(p -> p.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void aFileWhereTheCheckpointsShouldBeIsASentence() throws IOException {
    Files.writeString(dir.resolve("checkpoints"), "");
    String sentence = sentence(trainer(config(100, 0), 0, s -> false));
    assertTrue(sentence.contains("could not write " + dir.resolve("checkpoints")), sentence);
    assertEquals(1, sentence.lines().count());
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenGoes() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("checkpoints"));
    Files.writeString(folder.resolve(".kept-3.safetensors.1234"), "half");
    Files.createDirectories(folder.resolve("half-written"));
    Files.writeString(folder.resolve("half-written/weights.safetensors"), "half");
    trainer(config(5, 0), 0, s -> false).run(() -> false);
    try (var left = Files.list(folder)) {
      assertEquals(
          List.of("kept-5.safetensors", "step-5"),
          left.map(p -> p.getFileName().toString()).sorted().toList());
    }
  }

  @Test
  void theValidationAtABoundLeavesNoTraceInTheCheckpoint() {
    trainer(config(9, 0), 0, s -> false).run(() -> false);
    assertEquals(List.of(6L, 9L), validated);
    TrainState state = new Checkpoints(dir).state().orElseThrow();
    assertEquals(List.of(new TrainState.Kept(6, -1)), state.kept());
    assertEquals(0, state.sinceBest());
  }

  @Test
  void epochsAreCountedWhole() {
    Trainer<Bucket> trainer = trainer(config(0, 2), 0, s -> false);
    assertEquals(Trainer.End.FINISHED, trainer.run(() -> false));
    assertEquals(2L * BATCHES, trainer.state().step());
  }
}
