package dev.heed.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * ROUGE (Lin, 2004, "ROUGE: A Package for Automatic Evaluation of Summaries"), with the tokens of
 * Google's rouge_score without stemming: lower case, and runs of ASCII letters and digits alone.
 *
 * <pre>
 *   ROUGE-n     n-grams in common / n-grams
 *   ROUGE-L     length of the longest common subsequence (LCS) / tokens
 *   ROUGE-Lsum  tokens of the union of each reference line's LCS with all hypothesis lines / tokens
 * </pre>
 *
 * each over the hypothesis (precision) and over the reference (recall).
 */
public final class Rouge {
  private static final Pattern OTHER = Pattern.compile("[^a-z0-9]+");

  private Rouge() {}

  /** The four of one pair; a line break in a text matters to {@code rougeLsum} alone. */
  public record Pair(Overlap rouge1, Overlap rouge2, Overlap rougeL, Overlap rougeLsum) {}

  /** The means over a corpus of the F1 of each pair, in [0, 1]. */
  public record Score(
      double rouge1, double rouge2, double rougeL, double rougeLsum, String signature) {}

  /** The overlaps of one hypothesis and one reference. */
  public static Pair pair(String hypothesis, String reference) {
    List<String> h = tokens(hypothesis);
    List<String> r = tokens(reference);
    Overlap longest = new Overlap(common(r, h).size(), h.size(), r.size());
    return new Pair(grams(h, r, 1), grams(h, r, 2), longest, summary(hypothesis, reference));
  }

  /**
   * The means of F1; of several references to a line, each measure takes the one that fits best.
   *
   * @param references one inner list for each reference set, each as long as {@code hypotheses}
   * @throws dev.heed.config.UserError if there are no lines, or the lengths differ
   */
  public static Score corpus(List<String> hypotheses, List<List<String>> references) {
    Segments.check(hypotheses, references);
    double[] sums = new double[4];
    for (int line = 0; line < hypotheses.size(); line++) {
      double[] best = new double[4];
      for (String reference : Segments.line(references, line)) {
        Pair pair = pair(hypotheses.get(line), reference);
        var measures = List.of(pair.rouge1, pair.rouge2, pair.rougeL, pair.rougeLsum);
        for (int i = 0; i < 4; i++) best[i] = Math.max(best[i], measures.get(i).f1());
      }
      for (int i = 0; i < 4; i++) sums[i] += best[i];
    }
    int n = hypotheses.size();
    return new Score(
        sums[0] / n,
        sums[1] / n,
        sums[2] / n,
        sums[3] / n,
        Signature.of(references.size(), "case:lc|tok:rouge|stem:no"));
  }

  private static List<String> tokens(String text) {
    return Whitespace.words(OTHER.matcher(Lowercase.of(text)).replaceAll(" "));
  }

  private static Overlap grams(List<String> hypothesis, List<String> reference, int n) {
    var h = NGrams.ofWords(hypothesis, n);
    var r = NGrams.ofWords(reference, n);
    return new Overlap(NGrams.matches(h, r), NGrams.total(h), NGrams.total(r));
  }

  /** Section 3.2 of the paper; no token counts more often than it stands in either text. */
  private static Overlap summary(String hypothesis, String reference) {
    List<List<String>> h = lines(hypothesis);
    List<List<String>> r = lines(reference);
    List<String> allOfH = flat(h);
    List<String> allOfR = flat(r);
    Map<String, Integer> leftOfH = NGrams.ofWords(allOfH, 1);
    Map<String, Integer> leftOfR = NGrams.ofWords(allOfR, 1);
    long hits = 0;
    for (List<String> line : r) {
      var union = new TreeSet<Integer>();
      for (List<String> other : h) union.addAll(common(line, other));
      for (int place : union) {
        String token = line.get(place);
        if (leftOfH.getOrDefault(token, 0) > 0 && leftOfR.get(token) > 0) {
          hits++;
          leftOfH.merge(token, -1, Integer::sum);
          leftOfR.merge(token, -1, Integer::sum);
        }
      }
    }
    return new Overlap(hits, allOfH.size(), allOfR.size());
  }

  private static List<List<String>> lines(String text) {
    return text.lines().map(Rouge::tokens).toList();
  }

  private static List<String> flat(List<List<String>> lines) {
    return lines.stream().flatMap(List::stream).toList();
  }

  /** The places in {@code a} of its longest common subsequence with {@code b}. */
  private static List<Integer> common(List<String> a, List<String> b) {
    int[][] length = new int[a.size() + 1][b.size() + 1];
    for (int i = 1; i <= a.size(); i++) {
      for (int j = 1; j <= b.size(); j++) {
        length[i][j] =
            a.get(i - 1).equals(b.get(j - 1))
                ? length[i - 1][j - 1] + 1
                : Math.max(length[i - 1][j], length[i][j - 1]);
      }
    }
    var places = new ArrayList<Integer>();
    int i = a.size();
    int j = b.size();
    while (i > 0 && j > 0) {
      if (a.get(i - 1).equals(b.get(j - 1))) {
        places.add(--i);
        j--;
      } else if (length[i][j - 1] > length[i - 1][j]) {
        j--;
      } else {
        i--;
      }
    }
    return places;
  }
}
