package dev.heed.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The way through a {@link HeadArithmetic} in steps, each a formula, a sentence and tables. */
final class HeadSteps {
  /** Numbers of a vector that are shown. */
  private static final int MOST = 8;

  /** Terms of a sum that are written out. */
  private static final int TERMS = 8;

  /**
   * @param formula what is computed
   * @param text why, and one number of it worked out
   */
  record Step(String title, String formula, String text, List<Table> tables) {}

  /**
   * Numbers with names at their rows and columns.
   *
   * @param heat whether they are of one kind, and can share a scale of colours
   */
  record Table(
      String name, List<String> rows, List<String> columns, double[][] values, boolean heat) {
    /** A number as this table writes it. */
    String text(int row, int column) {
      double[][] alike = heat ? values : new double[][] {values[row]};
      return number(values[row][column], decimals(alike));
    }

    boolean isColoured(double value) {
      return heat && Double.isFinite(value);
    }

    /** Where a value stands between the table's least and greatest, 0 to 1. */
    double share(double value) {
      double least = Double.POSITIVE_INFINITY;
      double greatest = Double.NEGATIVE_INFINITY;
      for (double[] row : values)
        for (double each : row)
          if (Double.isFinite(each)) {
            least = Math.min(least, each);
            greatest = Math.max(greatest, each);
          }
      return greatest > least ? (value - least) / (greatest - least) : 0.5;
    }
  }

  private final HeadArithmetic head;
  private final int last; // the token whose numbers are worked out

  private HeadSteps(HeadArithmetic head) {
    this.head = head;
    this.last = head.tokens().size() - 1;
  }

  static List<Step> of(HeadArithmetic head) {
    return new HeadSteps(head).all();
  }

  private List<Step> all() {
    List<Step> steps = new ArrayList<>();
    steps.add(embeddings());
    head.positions().ifPresent(pe -> steps.add(positions(pe)));
    steps.add(projections());
    steps.add(scores());
    steps.add(scaled());
    if (head.causal()) steps.add(masked());
    steps.add(softmax());
    steps.add(aside());
    steps.add(output());
    return steps;
  }

  private Step embeddings() {
    return new Step(
        "Tokens become vectors",
        head.maps().isPresent() ? "E: one row a token" : "X: one row a token",
        head.maps().isPresent()
            ? "Every token is looked up in a table: the same word always has the same embedding."
            : "What enters the layer, before a norm if the model has one there.",
        List.of(vectors(head.maps().isPresent() ? "E" : "X", head.embeddings())));
  }

  private Step positions(double[][] pe) {
    double[][] sum = new double[pe.length][];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = head.embeddings()[i].clone();
      for (int j = 0; j < sum[i].length; j++) sum[i][j] += pe[i][j];
    }
    return new Step(
        "Positions are added",
        "PE(pos, 2t) = sin(pos / 10000^(2t/D)),  PE(pos, 2t+1) = cos(pos / 10000^(2t/D));  X = E + PE",
        "Attention itself knows no order. Waves of different lengths, added to the embeddings, tell"
            + " it where a token stands.",
        List.of(vectors("PE", pe), vectors("X = E + PE", sum)));
  }

  private Step projections() {
    List<Table> tables = new ArrayList<>();
    head.maps()
        .ifPresent(
            maps -> {
              tables.add(matrix("W_Q", maps.wq()));
              tables.add(matrix("W_K", maps.wk()));
              tables.add(matrix("W_V", maps.wv()));
            });
    tables.add(vectors("Q", head.q()));
    tables.add(vectors("K", head.k()));
    tables.add(vectors("V", head.v()));
    String x = head.positions().isPresent() || head.maps().isEmpty() ? "X" : "E";
    return new Step(
        "Queries, keys and values",
        "Q = %1$s W_Q,  K = %1$s W_K,  V = %1$s W_V".formatted(x),
        "A query is what a token looks for, a key what it is found by, a value what it hands over.",
        tables);
  }

  private Step scores() {
    return new Step(
        "Every query meets every key",
        "S = Q Kᵀ",
        "The score of a pair is the dot product of its query and key: that of %s and %s is %s."
            .formatted(
                quoted(last),
                quoted(0),
                worked(head.q()[last], head.k()[0], head.scores()[last][0])),
        List.of(pairs("S", head.scores())));
  }

  private Step scaled() {
    int d = head.q()[0].length;
    return new Step(
        "Scores are scaled",
        "S / √d,  d = %d,  √d = %s".formatted(d, plain(Math.sqrt(d))),
        "Sums of d products grow like √d, and softmax of large scores looks at one key alone:"
            + " %s / %s = %s."
                .formatted(
                    plain(head.scores()[last][last]),
                    plain(Math.sqrt(d)),
                    plain(head.scaled()[last][last])),
        List.of(pairs("S / √d", head.scaled())));
  }

  private Step masked() {
    return new Step(
        "What comes later is masked",
        "S / √d + M,  M = 0 where the key's place ≤ the query's, else −∞",
        "A decoder writes one token after the other and must not see those to come: exp(−∞) = 0.",
        List.of(pairs("masked", head.masked())));
  }

  private Step softmax() {
    double[] row = head.masked()[last];
    return new Step(
        "Softmax makes weights of scores",
        "A(i, j) = exp(s(i, j)) / Σ exp(s(i, ·))",
        "Exponentials are positive, and divided by their sum they sum to 1. Row %s: %s."
            .formatted(quoted(last), quotients(row)),
        List.of(
            exponentials("the row of " + quoted(last), head.tokens(), row),
            pairs("A", head.weights())));
  }

  private static Step aside() {
    double[] two = {6, 4};
    return new Step(
        "Aside: two scores",
        "softmax(6, 4) = (0.88, 0.12)",
        "%s. Only the difference counts: softmax(2, 0) is the same.".formatted(quotients(two)),
        List.of(exponentials("softmax(6, 4)", List.of("first", "second"), two)));
  }

  private Step output() {
    double[] column = new double[head.v().length];
    for (int i = 0; i < column.length; i++) column[i] = head.v()[i][0];
    return new Step(
        "Weights mix the values",
        "O = A V",
        "Each token leaves with a mean of all values by its weights; the first number of %s is %s."
            .formatted(quoted(last), worked(head.weights()[last], column, head.output()[last][0])),
        List.of(vectors("O", head.output())));
  }

  // ---- tables -----------------------------------------------------------------------------------

  private Table vectors(String name, double[][] values) {
    return first(name, head.tokens(), values);
  }

  private static Table matrix(String name, double[][] values) {
    int shown = Math.min(MOST, values.length);
    double[][] top = new double[shown][];
    System.arraycopy(values, 0, top, 0, shown);
    return first(name, numbers(shown), top);
  }

  /** The first columns, and in the name how many there are. */
  private static Table first(String name, List<String> rows, double[][] values) {
    int all = values[0].length;
    int shown = Math.min(MOST, all);
    double[][] part = new double[values.length][shown];
    for (int i = 0; i < part.length; i++) System.arraycopy(values[i], 0, part[i], 0, shown);
    return new Table(
        shown == all ? name : "%s (the first %d of %d numbers)".formatted(name, shown, all),
        rows,
        numbers(shown),
        part,
        true);
  }

  private Table pairs(String name, double[][] values) {
    return new Table(
        name + ": queries down, keys across", head.tokens(), head.tokens(), values, true);
  }

  private static Table exponentials(String name, List<String> keys, double[] scores) {
    double[] exponentials = new double[scores.length + 1];
    double[] quotients = new double[scores.length + 1];
    double[] sums = new double[scores.length + 1];
    int sum = scores.length;
    for (int i = 0; i < scores.length; i++) {
      exponentials[i] = Math.exp(scores[i]);
      exponentials[sum] += exponentials[i];
      sums[i] = scores[i];
    }
    sums[sum] = Double.NaN;
    for (int i = 0; i < scores.length; i++) {
      quotients[i] = exponentials[i] / exponentials[sum];
      quotients[sum] += quotients[i];
    }
    List<String> columns = new ArrayList<>(keys);
    columns.add("Σ");
    return new Table(
        name,
        List.of("s", "exp(s)", "÷ Σ"),
        columns,
        new double[][] {sums, exponentials, quotients},
        false);
  }

  private static List<String> numbers(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList();
  }

  // ---- words ------------------------------------------------------------------------------------

  /** {@code 403.43 / (403.43 + 54.60) = 0.88} for the first score that isn't −∞. */
  private static String quotients(double[] scores) {
    String sum =
        IntStream.range(0, Math.min(TERMS, scores.length))
            .mapToObj(i -> number(Math.exp(scores[i]), 2))
            .collect(Collectors.joining(" + "));
    double all = IntStream.range(0, scores.length).mapToDouble(i -> Math.exp(scores[i])).sum();
    double first = Math.exp(scores[0]);
    return "exp(%s) / Σ = %s / (%s%s) = %s"
        .formatted(
            plain(scores[0]),
            number(first, 2),
            sum,
            scores.length > TERMS ? " + …" : "",
            number(first / all, 2));
  }

  /** {@code 1·0 + 1·1 = 1}. */
  private static String worked(double[] a, double[] b, double sum) {
    String terms =
        IntStream.range(0, Math.min(TERMS, a.length))
            .mapToObj(i -> factor(a[i]) + "·" + factor(b[i]))
            .collect(Collectors.joining(" + "));
    return terms + (a.length > TERMS ? " + …" : "") + " = " + plain(sum);
  }

  private static String factor(double value) {
    return value < 0 ? "(" + plain(value) + ")" : plain(value);
  }

  private String quoted(int token) {
    return "“" + head.tokens().get(token) + "”";
  }

  private static String plain(double value) {
    return number(value, decimals(new double[][] {{value}}));
  }

  /** Decimals without which numbers would be rounded, two at most. */
  private static int decimals(double[][] values) {
    for (int decimals = 0; decimals < 2; decimals++)
      if (areWhole(values, Math.pow(10, decimals))) return decimals;
    return 2;
  }

  private static boolean areWhole(double[][] values, double factor) {
    for (double[] row : values)
      for (double value : row)
        if (Double.isFinite(value) && Math.abs(value * factor - Math.rint(value * factor)) > 1e-9)
          return false;
    return true;
  }

  private static String number(double value, int decimals) {
    if (Double.isNaN(value)) return "";
    if (Double.isInfinite(value)) return value < 0 ? "−∞" : "∞";
    String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
    return text.matches("-0(\\.0+)?") ? text.substring(1) : text.replace('-', '−');
  }
}
