package dev.heed.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.bench.Peer;
import dev.heed.config.UserError;
import dev.heed.inspect.Plot;
import dev.heed.tensor.HostMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What small encoders learn of tasks over long sequences, mechanism by mechanism: accuracy, tokens
 * a second, memory.
 *
 * @param out the study's folder
 * @param lengths of sequences, tokens
 * @param bound of each row's training
 */
public record LongStudy(
    Path out,
    List<LongTask> tasks,
    List<String> mechanisms,
    List<Integer> lengths,
    Bound bound,
    Shape shape) {
  private static final int ROUND = 10; // updates between two looks at the clock
  private static final int HELD_OUT = 64; // batches
  private static final double MIB = 1 << 20;

  /**
   * When training ends.
   *
   * @param steps updates
   * @param minutes of training, whichever comes first; 0 is no bound
   */
  public record Bound(int steps, double minutes) {}

  /**
   * @param batch sequences of an update
   * @param d model width
   */
  public record Shape(int batch, int d, int heads, int layers, long seed) {}

  public LongStudy {
    if (bound.steps() < 1 || bound.minutes() < 0)
      throw new UserError("steps must be at least 1, and minutes no less than 0");
    if (shape.batch() < 1 || shape.layers() < 1 || shape.heads() < 1)
      throw new UserError("batch, layers and heads must be at least 1");
    if (shape.d() % (2 * shape.heads()) != 0)
      throw new UserError(
          "twice the heads (%d) must divide d (%d)".formatted(2 * shape.heads(), shape.d()));
    Contender.of(mechanisms); // an unknown name is told at once
    for (LongTask task : tasks)
      for (int length : lengths) task.generator().draw(new SplittableRandom(0), length);
  }

  /** What tells on a row besides its key. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("steps", bound.steps());
    settings.put("minutes", bound.minutes());
    settings.put("batch", shape.batch());
    settings.put("d", shape.d());
    settings.put("heads", shape.heads());
    settings.put("layers", shape.layers());
    settings.put("seed", shape.seed());
    return settings;
  }

  /** The explicit and the fused dot product learn the same: one is enough. */
  private List<Contender> contenders() {
    return Contender.of(mechanisms).stream()
        .filter(contender -> !contender.name().equals(Contender.MATH))
        .toList();
  }

  public List<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (int length : lengths)
      for (LongTask task : tasks)
        for (Contender contender : contenders()) {
          Map<String, Object> key = new LinkedHashMap<>();
          key.put("task", name(task));
          key.put("n", length);
          key.put("mechanism", contender.name());
          trials.add(new Trial(key, (now, stop) -> measure(task, contender, length, now, stop)));
        }
    return trials;
  }

  private static String name(LongTask task) {
    return task.name().toLowerCase(Locale.ROOT);
  }

  private Optional<Map<String, Object>> measure(
      LongTask task, Contender contender, int n, Consumer<String> now, BooleanSupplier stop) {
    List<Object> words =
        List.of(
            task,
            contender.name(),
            n,
            shape.batch(),
            shape.d(),
            shape.heads(),
            shape.layers(),
            shape.seed());
    try (Peer worker = Worker.start(out.resolve("worker.log"), "long", words)) {
      fits(worker, n);
      double seconds = 0;
      double loss = Double.NaN;
      int step = 0;
      while (step < bound.steps() && (bound.minutes() == 0 || seconds < 60 * bound.minutes())) {
        if (stop.getAsBoolean()) return Optional.empty();
        int updates = Math.min(ROUND, bound.steps() - step);
        JsonNode answer = worker.ask("train " + updates);
        seconds += answer.get("seconds").asDouble();
        loss = answer.get("loss").asDouble();
        step += updates;
        now.accept("update %,d of %,d, loss %.3f".formatted(step, bound.steps(), loss));
      }
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("accuracy", worker.ask("evaluate " + HELD_OUT).get("accuracy").asDouble());
      figures.put("chance", 1.0 / task.generator().classes());
      figures.put("tokens/s", (double) step * shape.batch() * n / seconds);
      figures.put("MiB", worker.ask("peak").get("MiB").asDouble());
      figures.put("updates", step);
      figures.put("loss", loss);
      return Optional.of(figures);
    }
  }

  /** Tries a sixteenth and a quarter of the length first. */
  private static void fits(Peer worker, int n) {
    NavigableMap<Double, Double> known = new TreeMap<>();
    for (int part : new int[] {n / 16, n / 4})
      if (part > 0) known.put((double) part, worker.ask("probe " + part).get("MiB").asDouble());
    double needed = AttentionStudy.estimate(known, n) * MIB;
    long free = HostMemory.free();
    if (needed > free)
      throw new UserError(
          "needs about %s, of %s free".formatted(HostMemory.say(needed), HostMemory.say(free)));
  }

  public Findings findings(List<Row> rows) {
    Map<String, Plot> charts = new LinkedHashMap<>();
    for (LongTask task : tasks) {
      List<Row> of = rows.stream().filter(row -> row.part("task").equals(name(task))).toList();
      Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
      for (Row row : of)
        if (row.number("accuracy") > 0)
          lines
              .computeIfAbsent(row.part("mechanism"), key -> new TreeMap<>())
              .put(row.number("n"), row.number("accuracy"));
      charts.put(
          "accuracy-" + name(task),
          new Plot(
              "Accuracy, " + name(task),
              Plot.Axis.logarithmic("n, tokens"),
              Plot.Axis.linear("accuracy"),
              lines));
    }
    return new Findings(
        "Long-range tasks",
        List.of(
            "Each row is an encoder of %d layers, d %d, %d heads, trained on examples that no other update sees, and asked"
                    .formatted(shape.layers(), shape.d(), shape.heads())
                + " %,d others afterwards. Memory is the peak of a process of its own above what it had before the model."
                    .formatted(HELD_OUT * shape.batch())),
        charts);
  }
}
