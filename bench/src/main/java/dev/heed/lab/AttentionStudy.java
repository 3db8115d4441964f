package dev.heed.lab;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.attention.Traits;
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
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * What each attention mechanism costs, by the length n of the sequence: time and memory of a
 * forward pass and of one with gradients, and how far its output is from dense attention's.
 *
 * @param out the study's folder
 * @param batch sequences at once
 * @param d model width
 */
public record AttentionStudy(
    Path out, List<String> mechanisms, List<Integer> lengths, int batch, int d, int heads) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};
  private static final int FROM = 1024; // shorter sequences show overheads, not growth
  private static final int JUDGED = 8192;
  private static final double MIB = 1 << 20;

  /**
   * Lengths by which the need for the first size is estimated where no smaller one was measured.
   */
  private static final int[] PROBES = {256, 512};

  public AttentionStudy {
    mechanisms = List.copyOf(mechanisms);
    lengths = lengths.stream().distinct().sorted().toList();
    Contender.of(mechanisms); // an unknown name is told at once
    if (lengths.isEmpty() || lengths.get(0) < 1)
      throw new UserError("lengths must be at least 1: give some, such as 128,256,512");
    if (heads < 1 || d % heads != 0)
      throw new UserError("heads (%d) must divide d (%d)".formatted(heads, d));
  }

  /** What tells on a row besides its key. */
  public Map<String, Object> settings() {
    return Map.of("batch", batch, "d", d, "heads", heads);
  }

  private enum Passes {
    FORWARD("forward"),
    TRAINING("forward and backward");

    private final String words;

    Passes(String words) {
      this.words = words;
    }
  }

  public List<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (int n : lengths)
      for (Contender contender : Contender.of(mechanisms))
        for (Passes passes : Passes.values())
          trials.add(
              new Trial(
                  key(contender, passes, n),
                  (now, stop) -> Optional.of(measure(contender, passes, n))));
    return trials;
  }

  private static Map<String, Object> key(Contender contender, Passes passes, int n) {
    Map<String, Object> key = new LinkedHashMap<>();
    key.put("mechanism", contender.name());
    key.put("pass", passes.words);
    key.put("n", n);
    return key;
  }

  // ---- measuring --------------------------------------------------------------------------------

  private Map<String, Object> measure(Contender contender, Passes passes, int n) {
    double needed = estimate(contender, passes, n) * MIB;
    long free = HostMemory.free();
    if (needed > free)
      throw new UserError(
          "needs about %s, of %s free".formatted(HostMemory.say(needed), HostMemory.say(free)));
    return take(contender, passes, n);
  }

  private Map<String, Object> take(Contender contender, Passes passes, int n) {
    try (Peer worker =
        Worker.start(
            out.resolve("worker.log"),
            "attention",
            List.of(contender.name(), n, batch, d, heads, passes == Passes.TRAINING))) {
      return JSON.convertValue(worker.ask("measure"), MAP);
    }
  }

  /** MiB that a length will take, from those that smaller ones took. */
  private double estimate(Contender contender, Passes passes, int n) {
    NavigableMap<Double, Double> known =
        series(Study.rows(out), contender.name(), passes, "MiB").headMap((double) n, false);
    if (known.isEmpty())
      for (int probe : PROBES)
        if (probe < n)
          known.put(
              (double) probe, ((Number) take(contender, passes, probe).get("MiB")).doubleValue());
    return estimate(known, n);
  }

  /**
   * Grows what the largest length took as it has grown from the one before, at least linearly and
   * at most quadratically; quadratically if there is but one.
   */
  static double estimate(NavigableMap<Double, Double> known, int n) {
    if (known.isEmpty()) return 0;
    double last = known.lastKey();
    Double before = known.lowerKey(last);
    double power =
        before == null
            ? 2
            : Math.log(known.get(last) / known.get(before)) / Math.log(last / before);
    double bounded = Double.isFinite(power) ? Math.min(2, Math.max(1, power)) : 2;
    return known.get(last) * Math.pow(n / last, bounded);
  }

  // ---- telling ----------------------------------------------------------------------------------

  private static NavigableMap<Double, Double> series(
      Iterable<Row> rows, String mechanism, Passes passes, String figure) {
    NavigableMap<Double, Double> series = new TreeMap<>();
    for (Row row : rows)
      if (row.part("mechanism").equals(mechanism)
          && row.part("pass").equals(passes.words)
          && row.number(figure) > 0) series.put(row.number("n"), row.number(figure));
    return series;
  }

  /** The least-squares slope of log y over log x, from n = 1,024 on; empty for fewer than 3. */
  static OptionalDouble exponent(NavigableMap<Double, Double> series) {
    NavigableMap<Double, Double> large = series.tailMap((double) FROM, true);
    if (large.size() < 3) return OptionalDouble.empty();
    double meanX = large.keySet().stream().mapToDouble(Math::log).average().orElseThrow();
    double meanY = large.values().stream().mapToDouble(Math::log).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (var point : large.entrySet()) {
      double x = Math.log(point.getKey()) - meanX;
      above += x * (Math.log(point.getValue()) - meanY);
      below += x * x;
    }
    return OptionalDouble.of(above / below);
  }

  public Findings findings(List<Row> rows) {
    Map<String, Plot> charts = new LinkedHashMap<>();
    for (Passes passes : Passes.values()) {
      String file = passes.name().toLowerCase(Locale.ROOT);
      charts.put("time-" + file, plot(rows, passes, "milliseconds", "Time, " + passes.words));
      charts.put("memory-" + file, plot(rows, passes, "MiB", "Memory, " + passes.words));
    }
    charts.put(
        "error", plot(rows, Passes.FORWARD, "relative error", "Relative error against dense"));
    return new Findings(
        "What attention costs",
        List.of(
            "Time is the median of several passes after a first one; memory is what a pass takes at its"
                + " peak above inputs and weights, in a process of its own. Exponents are the slope of"
                + " log–log least squares from n = 1,024 on, beside the growth of time that the paper"
                + " has. The error is that of the heads' outputs, ‖out − dense‖ / ‖dense‖, for queries,"
                + " keys and values of independent standard normal numbers.",
            exponents(rows),
            judgement(rows)),
        charts);
  }

  private Plot plot(List<Row> rows, Passes passes, String figure, String title) {
    Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
    for (Contender contender : Contender.of(mechanisms)) {
      var line = series(rows, contender.name(), passes, figure);
      if (!line.isEmpty()) lines.put(contender.name(), line);
    }
    return new Plot(
        title, Plot.Axis.logarithmic("n, tokens"), Plot.Axis.logarithmic(figure), lines);
  }

  private String exponents(List<Row> rows) {
    StringBuilder table =
        new StringBuilder(
            """
            ## Growth

            | mechanism | paper | time, forward | time, forward and backward | memory, forward | memory, forward and backward |
            |---|---|---|---|---|---|
            """);
    for (Contender contender : Contender.of(mechanisms)) {
      table.append(
          "| %s | %s |".formatted(contender.name(), contender.traits().complexity().formula()));
      for (String figure : List.of("milliseconds", "MiB"))
        for (Passes passes : Passes.values()) {
          OptionalDouble power = exponent(series(rows, contender.name(), passes, figure));
          table.append(
              power.isPresent()
                  ? String.format(Locale.ROOT, " n^%.2f |", power.getAsDouble())
                  : " |");
        }
      table.append('\n');
    }
    return table.toString();
  }

  /** Which sub-quadratic mechanisms take less memory than the explicit softmax, and which don't. */
  private String judgement(List<Row> rows) {
    StringBuilder table =
        new StringBuilder(
            """
            ## Memory against the explicit softmax at n = 8,192

            | mechanism | forward | forward and backward |
            |---|---|---|
            """);
    for (Contender contender : Contender.of(mechanisms)) {
      if (contender.traits().complexity() == Traits.Complexity.QUADRATIC) continue;
      table.append("| ").append(contender.name()).append(" |");
      for (Passes passes : Passes.values()) {
        Double dense = series(rows, Contender.MATH, passes, "MiB").get((double) JUDGED);
        Double own = series(rows, contender.name(), passes, "MiB").get((double) JUDGED);
        table.append(
            dense == null || own == null
                ? " |"
                : String.format(Locale.ROOT, " %.1f %% |", 100 * own / dense));
      }
      table.append('\n');
    }
    return table.toString();
  }
}
