package dev.heed.eval;

import dev.heed.config.UserError;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * BLEU (Papineni et al., 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation"):
 *
 * <pre>
 *   BLEU = bp · exp( (1/N) Σ_{n≤N} ln p_n )       bp = min(1, exp(1 − r/c))
 * </pre>
 *
 * where p_n is the share of the hypotheses' n-grams that a reference has too, counted at most as
 * often as in the reference that has it most, c the hypotheses' length, and r the sum over lines of
 * the reference length closest to the hypothesis's (of two as close, the shorter). All counts are
 * summed over the corpus before they are divided. Equal to sacreBLEU 2.6.
 */
public final class Bleu {
  /** Stands for ln 0: large enough that its exponential is 0 in any mean. */
  private static final double LOG_ZERO = -9999999999.0;

  private final Options options;

  public Bleu(Options options) {
    this.options = options;
  }

  /** What to put for a precision whose count is 0 (Chen and Cherry, 2014). */
  public enum SmoothingMethod {
    /** Nothing: the score is 0. */
    NONE,
    /** The value in place of the count (their method 1). */
    FLOOR,
    /** The value added to counts and totals above order 1, zero or not (method 2). */
    ADD_K,
    /** 1/2, 1/4, … in place of each further zero count (method 3; mteval-v13a's). */
    EXP
  }

  /**
   * How zero counts are smoothed.
   *
   * @param value what FLOOR puts and ADD_K adds; 0 with the others
   */
  public record Smoothing(SmoothingMethod method, double value) {
    public static final Smoothing NONE = new Smoothing(SmoothingMethod.NONE, 0);
    public static final Smoothing FLOOR = new Smoothing(SmoothingMethod.FLOOR, 0.1);
    public static final Smoothing ADD_K = new Smoothing(SmoothingMethod.ADD_K, 1);
    public static final Smoothing EXP = new Smoothing(SmoothingMethod.EXP, 0);

    public Smoothing {
      if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
        throw new UserError("BLEU's smoothing value is " + value + ": give a number from 0 up.");
      }
      if (value != 0 && (method == SmoothingMethod.NONE || method == SmoothingMethod.EXP)) {
        throw new UserError(
            "BLEU's smoothing %s takes no value, but %s was given: leave it out."
                .formatted(id(method), value));
      }
    }

    private static String id(SmoothingMethod method) {
      return method.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private String signature() {
      if (method == SmoothingMethod.NONE || method == SmoothingMethod.EXP) return id(method);
      var twoPlaces = new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN).toPlainString();
      return id(method) + "[" + twoPlaces + "]";
    }
  }

  /**
   * How BLEU is computed.
   *
   * @param effectiveOrder divide by the highest order that the hypothesis is long enough for, not
   *     by {@code maxOrder}; meant for scores of single sentences
   * @param maxOrder the longest n-gram counted, N
   */
  public record Options(
      BleuTokenizer tokenizer,
      boolean lowercase,
      Smoothing smoothing,
      boolean effectiveOrder,
      int maxOrder) {
    public static final Options DEFAULT =
        new Options(BleuTokenizer.V13A, false, Smoothing.EXP, false, 4);

    public Options {
      if (maxOrder < 1) {
        throw new UserError("BLEU's n-gram order is " + maxOrder + ": give at least 1.");
      }
    }

    public Options withTokenizer(BleuTokenizer to) {
      return new Options(to, lowercase, smoothing, effectiveOrder, maxOrder);
    }

    public Options withLowercase(boolean to) {
      return new Options(tokenizer, to, smoothing, effectiveOrder, maxOrder);
    }

    public Options withSmoothing(Smoothing to) {
      return new Options(tokenizer, lowercase, to, effectiveOrder, maxOrder);
    }

    public Options withEffectiveOrder(boolean to) {
      return new Options(tokenizer, lowercase, smoothing, to, maxOrder);
    }

    public Options withMaxOrder(int to) {
      return new Options(tokenizer, lowercase, smoothing, effectiveOrder, to);
    }

    private String signature(int references) {
      return Signature.of(
          references,
          "case:%s|eff:%s|tok:%s|smooth:%s"
              .formatted(
                  lowercase ? "lc" : "mixed",
                  Signature.yesNo(effectiveOrder),
                  tokenizer.id(),
                  smoothing.signature()));
    }
  }

  /**
   * A score and what it is made of.
   *
   * @param score in [0, 100]
   * @param counts matched n-grams for each order from 1; whole numbers unless ADD_K added to them
   * @param totals the hypotheses' n-grams for each order, likewise
   * @param precisions in percent, for each order, after smoothing
   * @param bp the brevity penalty, in [0, 1]
   * @param sysLen the hypotheses' tokens
   * @param refLen the closest references' tokens
   * @param signature how it was computed, as sacreBLEU writes it
   */
  public record Score(
      double score,
      List<Double> counts,
      List<Double> totals,
      List<Double> precisions,
      double bp,
      long sysLen,
      long refLen,
      String signature) {}

  /**
   * The score of a corpus.
   *
   * @param references one inner list for each reference set, each as long as {@code hypotheses}
   * @throws UserError if there are no lines, or the lengths differ
   */
  public Score corpus(List<String> hypotheses, List<List<String>> references) {
    Segments.check(hypotheses, references);
    var counts = new double[options.maxOrder];
    var totals = new double[options.maxOrder];
    long sysLen = 0;
    long refLen = 0;
    for (int line = 0; line < hypotheses.size(); line++) {
      var hypothesis = tokens(hypotheses.get(line));
      var refs = Segments.line(references, line).stream().map(this::tokens).toList();
      sysLen += hypothesis.size();
      refLen += closestLength(hypothesis.size(), refs);
      for (int n = 1; n <= options.maxOrder; n++) {
        counts[n - 1] += NGrams.matches(NGrams.ofWords(hypothesis, n), mostOften(refs, n));
        totals[n - 1] += Math.max(0, hypothesis.size() - n + 1);
      }
    }
    return score(counts, totals, sysLen, refLen, references.size());
  }

  /**
   * The score of one sentence, against any number of references. {@link Options#effectiveOrder} is
   * as given: sentences of fewer than {@code maxOrder} tokens score 0 without it.
   *
   * @throws UserError if there is no reference
   */
  public Score sentence(String hypothesis, List<String> references) {
    return corpus(List.of(hypothesis), Segments.sets(references));
  }

  private List<String> tokens(String line) {
    return options.tokenizer.tokenize(options.lowercase ? Lowercase.of(line) : line);
  }

  private static int closestLength(int length, List<List<String>> references) {
    int closest = references.get(0).size();
    for (var reference : references) {
      int nearer = Math.abs(closest - length) - Math.abs(reference.size() - length);
      if (nearer > 0 || (nearer == 0 && reference.size() < closest)) closest = reference.size();
    }
    return closest;
  }

  private static Map<String, Integer> mostOften(List<List<String>> references, int n) {
    var most = NGrams.ofWords(references.get(0), n);
    for (var reference : references.subList(1, references.size())) {
      NGrams.ofWords(reference, n).forEach((ngram, count) -> most.merge(ngram, count, Math::max));
    }
    return most;
  }

  /** The score from the corpus's sums; {@code counts} and {@code totals} are smoothed in place. */
  Score score(double[] counts, double[] totals, long sysLen, long refLen, int references) {
    double bp = 1;
    if (sysLen < refLen) bp = sysLen > 0 ? Math.exp(1 - (double) refLen / sysLen) : 0;
    var precisions = new double[options.maxOrder];
    double score = 0;
    if (Arrays.stream(counts).anyMatch(count -> count > 0)) {
      int order = smooth(counts, totals, precisions);
      double logs = 0;
      for (int n = 0; n < order; n++) {
        logs += precisions[n] == 0 ? LOG_ZERO : Math.log(precisions[n]);
      }
      score = bp * Math.exp(logs / order);
    }
    return new Score(
        score,
        boxed(counts),
        boxed(totals),
        boxed(precisions),
        bp,
        sysLen,
        refLen,
        options.signature(references));
  }

  /** Fills in the precisions and returns how many of them count. */
  private int smooth(double[] counts, double[] totals, double[] precisions) {
    var smoothing = options.smoothing;
    int order = options.maxOrder;
    double zeroCount = 1;
    for (int n = 0; n < options.maxOrder; n++) {
      if (smoothing.method == SmoothingMethod.ADD_K && n > 0) {
        counts[n] += smoothing.value;
        totals[n] += smoothing.value;
      }
      if (totals[n] == 0) break;
      if (options.effectiveOrder) order = n + 1;
      double count = counts[n];
      if (count == 0) {
        count =
            switch (smoothing.method) {
              case EXP -> zeroCount /= 2;
              case FLOOR -> smoothing.value;
              case NONE, ADD_K -> 0;
            };
      }
      precisions[n] = 100 * count / totals[n];
    }
    return order;
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }
}
