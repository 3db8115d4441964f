package dev.heed.lab;

import dev.heed.attention.Place;
import dev.heed.bench.Machine;
import dev.heed.bench.Serve;
import dev.heed.lab.LongTask.Example;
import dev.heed.loss.CrossEntropy;
import dev.heed.optim.Optimizer;
import dev.heed.optim.OptimizerConfig;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A process that trains one mechanism on one task. {@code probe N} tells the MiB of an update on
 * sequences of N tokens, {@code train K} makes K updates, {@code evaluate K} tells the accuracy
 * over K batches that it isn't trained on, and {@code peak} the MiB at the peak.
 */
final class LongRun implements Serve.Contestant {
  /** Sizes of the model and of a batch. */
  record Sizes(int batch, int d, int heads, int layers) {}

  private static final int WARM_UP = 100; // updates
  private static final double RATE = 1e-3;

  private final LongTask task;
  private final int length;
  private final Sizes sizes;
  private final long seed;
  private final LongModel model;
  private final Optimizer optimizer;
  private final double before; // MiB without the model
  private int step;

  LongRun(LongTask task, Contender contender, int length, Sizes sizes, long seed) {
    Randomness.seed(seed);
    this.task = task;
    this.length = length;
    this.sizes = sizes;
    this.seed = seed;
    this.before = Machine.mib("VmRSS");
    Place place = new Place(sizes.d(), sizes.heads(), length, 0, false);
    this.model =
        new LongModel(
            task.generator(), length, sizes.d(), sizes.layers(), () -> contender.mixer(place));
    this.optimizer = OptimizerConfig.DEFAULT.create(model.parameters());
  }

  @Override
  public Map<String, Object> answer(String command, int number) {
    return switch (command) {
      case "probe" -> probe(number);
      case "train" -> train(number);
      case "evaluate" -> Map.of("accuracy", accuracy(number));
      case "peak" -> Map.of("MiB", Machine.peakMiB() - before);
      default -> throw Serve.Contestant.unknown(command);
    };
  }

  private record Batch(Tensor ids, Optional<Tensor> real, Tensor labels) {}

  private Batch batch(SplittableRandom random) {
    List<Example> drawn = new ArrayList<>();
    for (int i = 0; i < sizes.batch(); i++) drawn.add(task.generator().draw(random, length));
    int[] ids = drawn.stream().flatMapToInt(one -> Arrays.stream(one.ids())).toArray();
    int[] labels = drawn.stream().flatMapToInt(one -> Arrays.stream(one.labels())).toArray();
    Tensor all = Tensor.of(ids, sizes.batch(), length);
    boolean padded = Arrays.stream(ids).anyMatch(id -> id == 0);
    return new Batch(
        all,
        padded ? Optional.of(all.ne(0)) : Optional.empty(),
        Tensor.of(labels, sizes.batch(), labels.length / sizes.batch()));
  }

  private double update(Batch batch) {
    Tensor logits = model.forward(batch.ids(), batch.real()); // (B, …, classes)
    Tensor loss = CrossEntropy.mean(logits, batch.labels());
    loss.backward();
    return loss.item();
  }

  /** Of tokens that mean nothing: no task need be so short. */
  private Map<String, Object> probe(int tokens) {
    try (Scope scope = Scope.open()) {
      Tensor ids = Tensor.full(1, Dtype.INT64, Device.CPU, sizes.batch(), tokens);
      Tensor labels =
          Tensor.zeros(
              Dtype.INT64, Device.CPU, sizes.batch(), task.generator().perToken() ? tokens : 1);
      update(new Batch(ids, Optional.of(ids.ne(0)), labels));
    }
    optimizer.zeroGrad();
    return Map.of("MiB", Machine.peakMiB() - before);
  }

  private Map<String, Object> train(int updates) {
    model.training(true);
    double loss = 0;
    long start = System.nanoTime();
    for (int i = 0; i < updates; i++) {
      try (Scope scope = Scope.open()) {
        Randomness.seed(seed + step);
        loss = update(batch(new SplittableRandom(seed + ++step)));
        optimizer.step(RATE * Math.min(1, (double) step / WARM_UP));
        optimizer.zeroGrad();
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of("loss", loss, "seconds", seconds);
  }

  private double accuracy(int batches) {
    model.training(false);
    SplittableRandom held = new SplittableRandom(~seed); // not among those of the updates
    long right = 0;
    long all = 0;
    for (int i = 0; i < batches; i++)
      try (Scope scope = Scope.open();
          NoGrad off = NoGrad.on()) {
        Batch batch = batch(held);
        long[] said = model.forward(batch.ids(), batch.real()).argmax(-1).view(-1).toLongs();
        long[] labels = batch.labels().view(-1).toLongs();
        for (int j = 0; j < said.length; j++) {
          if (labels[j] == LongTask.IGNORED) continue;
          all++;
          if (said[j] == labels[j]) right++;
        }
      }
    return (double) right / all;
  }
}
