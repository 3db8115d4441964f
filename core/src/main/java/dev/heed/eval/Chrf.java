package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * chrF (Popović, 2015, "chrF: character n-gram F-score for automatic MT evaluation") and, with word
 * n-grams of order 2 beside those of characters, chrF++ (Popović, 2017):
 *
 * <pre>
 *   chrFβ = (1 + β²) · P · R / (β² · P + R)
 * </pre>
 *
 * where P and R are n-gram precision and recall, averaged over the orders. Counts are summed over
 * the corpus first; of several references to a line, the one with the best score counts. Equal to
 * sacreBLEU 2.6.
 */
public final class Chrf {
  private static final double EPSILON = 1e-16;
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  private final Options options;

  public Chrf(Options options) {
    this.options = options;
  }

  /**
   * How chrF is computed.
   *
   * @param charOrder the longest n-gram of characters
   * @param wordOrder the longest n-gram of words; 0 for chrF, 2 for chrF++
   * @param beta how many times as much recall weighs as precision
   * @param whitespace count n-grams of characters across and with whitespace
   * @param epsSmoothing average the F-scores of all orders, as chrF++.py, Moses and NLTK do,
   *     instead of the precisions and recalls of the orders that both sides are long enough for
   */
  public record Options(
      int charOrder,
      int wordOrder,
      int beta,
      boolean lowercase,
      boolean whitespace,
      boolean epsSmoothing) {
    /** chrF2. */
    public static final Options DEFAULT = new Options(6, 0, 2, false, false, false);

    /** chrF2++. */
    public static final Options PLUS_PLUS = DEFAULT.withWordOrder(2);

    public Options {
      if (charOrder < 1 || wordOrder < 0 || beta < 1) {
        throw new UserError(
            "chrF's orders are %d (characters) and %d (words) and its beta is %d: give at least 1, 0 and 1."
                .formatted(charOrder, wordOrder, beta));
      }
    }

    public Options withCharOrder(int to) {
      return new Options(to, wordOrder, beta, lowercase, whitespace, epsSmoothing);
    }

    public Options withWordOrder(int to) {
      return new Options(charOrder, to, beta, lowercase, whitespace, epsSmoothing);
    }

    public Options withBeta(int to) {
      return new Options(charOrder, wordOrder, to, lowercase, whitespace, epsSmoothing);
    }

    public Options withLowercase(boolean to) {
      return new Options(charOrder, wordOrder, beta, to, whitespace, epsSmoothing);
    }

    public Options withWhitespace(boolean to) {
      return new Options(charOrder, wordOrder, beta, lowercase, to, epsSmoothing);
    }

    public Options withEpsSmoothing(boolean to) {
      return new Options(charOrder, wordOrder, beta, lowercase, whitespace, to);
    }

    private String signature(int references) {
      return Signature.of(
          references,
          "case:%s|eff:%s|nc:%d|nw:%d|space:%s"
              .formatted(
                  lowercase ? "lc" : "mixed",
                  Signature.yesNo(!epsSmoothing),
                  charOrder,
                  wordOrder,
                  Signature.yesNo(whitespace)));
    }
  }

  /**
   * A score and its name.
   *
   * @param name such as {@code chrF2++}: beta, then a plus for each order of words
   * @param score in [0, 100]
   * @param signature how it was computed, as sacreBLEU writes it
   */
  public record Score(String name, double score, String signature) {}

  /** One order's n-grams: the hypothesis's, the reference's, and those in both. */
  private record Counts(long hypothesis, long reference, long matches) {
    Counts plus(Counts other) {
      return new Counts(
          hypothesis + other.hypothesis, reference + other.reference, matches + other.matches);
    }
  }

  /**
   * The score of a corpus.
   *
   * @param references one inner list for each reference set, each as long as {@code hypotheses}
   * @throws UserError if there are no lines, or the lengths differ
   */
  public Score corpus(List<String> hypotheses, List<List<String>> references) {
    Segments.check(hypotheses, references);
    var sums = bestCounts(hypotheses.get(0), Segments.line(references, 0));
    for (int line = 1; line < hypotheses.size(); line++) {
      var counts = bestCounts(hypotheses.get(line), Segments.line(references, line));
      for (int i = 0; i < sums.size(); i++) sums.set(i, sums.get(i).plus(counts.get(i)));
    }
    return new Score(
        "chrF" + options.beta + "+".repeat(options.wordOrder),
        100 * fScore(sums),
        options.signature(references.size()));
  }

  /**
   * The score of one sentence, against any number of references.
   *
   * @throws UserError if there is no reference
   */
  public Score sentence(String hypothesis, List<String> references) {
    return corpus(List.of(hypothesis), Segments.sets(references));
  }

  private List<Counts> bestCounts(String hypothesis, List<String> references) {
    var hypothesisNgrams = ngrams(hypothesis);
    List<Counts> best = List.of();
    double bestScore = -1;
    for (var reference : references) {
      var referenceNgrams = ngrams(reference);
      var counts = new ArrayList<Counts>();
      for (int i = 0; i < hypothesisNgrams.size(); i++) {
        counts.add(counts(hypothesisNgrams.get(i), referenceNgrams.get(i)));
      }
      double score = fScore(counts);
      if (score > bestScore) {
        bestScore = score;
        best = counts;
      }
    }
    return best;
  }

  /** The n-grams of each order: of characters from 1 up, then of words. */
  private List<Map<String, Integer>> ngrams(String line) {
    if (options.lowercase) line = Lowercase.of(line);
    var ngrams = new ArrayList<Map<String, Integer>>();
    var chars = options.whitespace ? line : Whitespace.remove(line);
    for (int n = 1; n <= options.charOrder; n++) ngrams.add(NGrams.ofChars(chars, n));
    if (options.wordOrder > 0) {
      var words = splitPunctuation(line);
      for (int n = 1; n <= options.wordOrder; n++) ngrams.add(NGrams.ofWords(words, n));
    }
    return ngrams;
  }

  /**
   * Splits one mark of punctuation off each word: the last character or, failing that, the first.
   */
  private static List<String> splitPunctuation(String line) {
    var words = new ArrayList<String>();
    for (var word : Whitespace.words(line)) {
      int last = word.length() - 1;
      if (last > 0 && PUNCTUATION.indexOf(word.charAt(last)) >= 0) {
        words.add(word.substring(0, last));
        words.add(word.substring(last));
      } else if (last > 0 && PUNCTUATION.indexOf(word.charAt(0)) >= 0) {
        words.add(word.substring(0, 1));
        words.add(word.substring(1));
      } else {
        words.add(word);
      }
    }
    return words;
  }

  private static Counts counts(Map<String, Integer> hypothesis, Map<String, Integer> reference) {
    // A hypothesis has nothing to be precise about where the reference is too short for the order.
    long hypothesisTotal = reference.isEmpty() ? 0 : NGrams.total(hypothesis);
    return new Counts(
        hypothesisTotal, NGrams.total(reference), NGrams.matches(hypothesis, reference));
  }

  /** The score in [0, 1]. */
  private double fScore(List<Counts> orders) {
    double precisions = 0;
    double recalls = 0;
    double scores = 0;
    int effective = 0;
    for (var counts : orders) {
      double precision =
          counts.hypothesis > 0 ? (double) counts.matches / counts.hypothesis : EPSILON;
      double recall = counts.reference > 0 ? (double) counts.matches / counts.reference : EPSILON;
      scores += precision + recall > 0 ? fMeasure(precision, recall) : EPSILON;
      if (counts.hypothesis > 0 && counts.reference > 0) {
        precisions += precision;
        recalls += recall;
        effective++;
      }
    }
    if (options.epsSmoothing) return scores / orders.size();
    return precisions + recalls > 0 ? fMeasure(precisions / effective, recalls / effective) : 0;
  }

  private double fMeasure(double precision, double recall) {
    double factor = (double) options.beta * options.beta;
    return (1 + factor) * precision * recall / (factor * precision + recall);
  }
}
