package dev.heed.lab;

import dev.heed.attention.Additive;
import dev.heed.attention.Kernel;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.inspect.Plot;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Dot products against additive scores (Vaswani et al. 2017, section 3.2.1): what they cost, of one
 * head of width d over n tokens, and what dividing by √d does to the softmax.
 *
 * @param lengths n
 * @param d head size of the comparison of costs
 */
public record ScoreStudy(List<Integer> lengths, int d) {
  private static final String DOT = "dot product";
  private static final String ADDITIVE = "additive";
  private static final List<Integer> SIZES = List.of(4, 8, 16, 32, 64, 128, 256, 512, 1024);
  private static final int KEYS = 512; // of the softmax, and as many queries
  private static final int SHOWN = 512; // n and d of the example in numbers

  public ScoreStudy {
    lengths = lengths.stream().distinct().sorted().toList();
    if (lengths.isEmpty() || lengths.get(0) < 1 || d < 1)
      throw new UserError("lengths and d must be at least 1");
  }

  /** What tells on a row besides its key. */
  public Map<String, Object> settings() {
    return Map.of("d", d);
  }

  /** Multiply–adds of Q Kᵀ. */
  static long dotOperations(long n, long d) {
    return n * n * d;
  }

  /** Additions of q + k and multiply–adds with v; what tanh takes isn't counted. */
  static long additiveOperations(long n, long d) {
    return 2 * n * n * d;
  }

  public List<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (int n : lengths)
      for (String score : List.of(DOT, ADDITIVE))
        trials.add(new Trial(key("score", score, "n", n), (now, stop) -> cost(score, n)));
    for (int size : SIZES)
      for (String scores : List.of("q·k/√d", "q·k"))
        trials.add(
            new Trial(
                key("softmax of", scores, "d", size),
                (now, stop) -> softmax(size, scores.equals("q·k") ? 1 : 1 / Math.sqrt(size))));
    return trials;
  }

  private static Map<String, Object> key(String a, Object x, String b, Object y) {
    Map<String, Object> key = new LinkedHashMap<>();
    key.put(a, x);
    key.put(b, y);
    return key;
  }

  // ---- measuring --------------------------------------------------------------------------------

  private Optional<Map<String, Object>> cost(String score, int n) {
    Randomness.seed(1);
    try (Scope scope = Scope.open()) {
      Kernel kernel = score.equals(DOT) ? new ScaledDotProduct() : new Additive(1, d);
      Tensor q = normal(1, 1, n, d);
      Tensor k = normal(1, 1, n, d);
      Tensor cotangent = normal(1, 1, n, n);
      Runnable forward =
          () -> {
            try (Scope pass = Scope.open();
                NoGrad off = NoGrad.on()) {
              kernel.weights(q, k, Mask.NONE);
            }
          };
      Runnable training =
          () -> {
            q.clearGrad();
            k.clearGrad();
            kernel.weights().forEach(Tensor::clearGrad);
            try (Scope pass = Scope.open()) {
              kernel.weights(q, k, Mask.NONE).backward(cotangent);
            }
          };
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("operations", score.equals(DOT) ? dotOperations(n, d) : additiveOperations(n, d));
      forward.run();
      figures.put("forward ms", 1000 * Timing.median(forward));
      q.requiresGrad(true);
      k.requiresGrad(true);
      training.run();
      figures.put("forward and backward ms", 1000 * Timing.median(training));
      return Optional.of(figures);
    }
  }

  /** Queries and keys of independent standard normal numbers. */
  static Optional<Map<String, Object>> softmax(int size, double scale) {
    Randomness.seed(1);
    try (Scope scope = Scope.open()) {
      Tensor scores =
          normal(KEYS, size)
              .matmul(normal(KEYS, size).transpose(0, 1))
              .mul(scale)
              .requiresGrad(true); // (queries, keys)
      Tensor weights = scores.softmax(1);
      weights.backward(normal(KEYS, KEYS));
      Map<String, Object> figures = new LinkedHashMap<>();
      Tensor centred = scores.sub(scores.mean());
      figures.put("variance", centred.mul(centred).mean().item());
      figures.put("entropy", -weights.mul(scores.logSoftmax(1)).sum().item() / KEYS);
      figures.put("largest weight", weights.amax(1).mean().item());
      Tensor gradient = scores.grad().orElseThrow();
      figures.put("gradient", gradient.mul(gradient).sum(1).sqrt().mean().item());
      return Optional.of(figures);
    }
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1);
  }

  // ---- telling ----------------------------------------------------------------------------------

  public Findings findings(List<Row> rows) {
    Map<String, Plot> charts = new LinkedHashMap<>();
    charts.put(
        "cost",
        new Plot(
            "Scores and softmax of one head, d = " + d,
            Plot.Axis.logarithmic("n, tokens"),
            Plot.Axis.logarithmic("milliseconds, forward and backward"),
            lines(rows, "score", "n", row -> row.number("forward and backward ms"))));
    for (String figure : List.of("variance", "entropy", "gradient"))
      charts.put(
          figure,
          new Plot(
              figure.equals("gradient")
                  ? "Norm of the gradient of a row of scores"
                  : figure.equals("entropy") ? "Entropy of the weights" : "Variance of the scores",
              Plot.Axis.logarithmic("d"),
              new Plot.Axis(figure.equals("entropy") ? "nats" : figure, figure.equals("variance")),
              lines(rows, "softmax of", "d", row -> row.number(figure))));
    return new Findings(
        "Dot products against additive scores",
        List.of(operations(), costs(rows), saturation(rows)),
        charts);
  }

  private static String operations() {
    return String.format(
        Locale.ROOT,
        """
        ## Operations

        | score | formula | n = d = %d |
        |---|---|---|
        | QKᵀ | n²·d multiply–adds | %,d |
        | v·tanh(q + k) | n²·d additions and n²·d multiply–adds; n²·d tanh besides | %,d |

        Both also project queries and keys: 2·n·d² multiply–adds.
        """,
        SHOWN,
        dotOperations(SHOWN, SHOWN),
        additiveOperations(SHOWN, SHOWN));
  }

  private String costs(List<Row> rows) {
    StringBuilder table =
        new StringBuilder(
            """
            ## Time

            Additive over dot product; by operations it is 2, and the literature says 2 to 3.

            | n | forward | forward and backward |
            |---|---|---|
            """);
    var forward = lines(rows, "score", "n", row -> row.number("forward ms"));
    var both = lines(rows, "score", "n", row -> row.number("forward and backward ms"));
    for (int n : lengths)
      table.append("| %,d |%s%s%n".formatted(n, ratio(forward, n), ratio(both, n)));
    return table.toString();
  }

  private static String ratio(Map<String, NavigableMap<Double, Double>> lines, double n) {
    Double dot = lines.getOrDefault(DOT, new TreeMap<>()).get(n);
    Double additive = lines.getOrDefault(ADDITIVE, new TreeMap<>()).get(n);
    return dot == null || additive == null
        ? " |"
        : String.format(Locale.ROOT, " %.1f |", additive / dot);
  }

  private static String saturation(List<Row> rows) {
    List<Row> of = rows.stream().filter(row -> row.key().containsKey("softmax of")).toList();
    return """
        ## Softmax with and without 1/√d

        Of %d queries and keys of independent standard normal numbers: the variance of the scores, the mean entropy of the
        weights (at most ln %d = %.2f), the mean of the largest weight, and the mean norm of the gradient of a query's scores
        for a standard normal gradient of its weights.

        %s"""
        .formatted(KEYS, KEYS, Math.log(KEYS), new Table(of).markdown());
  }

  private static Map<String, NavigableMap<Double, Double>> lines(
      List<Row> rows, String by, String x, ToDoubleFunction<Row> y) {
    Predicate<Row> has = row -> row.key().containsKey(by) && y.applyAsDouble(row) > 0;
    Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
    rows.stream()
        .filter(has)
        .forEach(
            row ->
                lines
                    .computeIfAbsent(row.part(by), key -> new TreeMap<>())
                    .put(row.number(x), y.applyAsDouble(row)));
    return lines;
  }
}
