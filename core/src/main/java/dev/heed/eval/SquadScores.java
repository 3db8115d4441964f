package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Exact match and token F1 of answers to questions, as SQuAD's official script has them (Rajpurkar
 * et al. 2016, §6.1, arXiv:1606.05250; questions without an answer: Rajpurkar, Jia and Liang 2018,
 * arXiv:1806.03822). Answers are compared in lower case, without ASCII punctuation and without a,
 * an, the; of several gold answers the one that fits best counts, for each measure apart.
 */
public final class SquadScores {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]");

  /** Whole words, by Python's idea of a letter. */
  private static final Pattern ARTICLES =
      Pattern.compile("(?<![\\p{L}\\p{N}_])(a|an|the)(?![\\p{L}\\p{N}_])");

  private SquadScores() {}

  /** Of one answer in [0, 1], of many in percent. */
  public record Score(double exactMatch, double f1) {}

  /**
   * One answer.
   *
   * @param golds the right answers; none stands for the empty answer
   */
  public static Score answer(String prediction, List<String> golds) {
    double exact = 0;
    double f1 = 0;
    String given = normalized(prediction);
    for (String gold : golds.isEmpty() ? List.of("") : golds) {
      String wanted = normalized(gold);
      if (given.equals(wanted)) exact = 1;
      f1 = Math.max(f1, f1(Whitespace.words(given), Whitespace.words(wanted)));
    }
    return new Score(exact, f1);
  }

  /**
   * The means over all questions.
   *
   * @param golds a list for each prediction
   * @throws UserError if there are no answers, or the lengths differ
   */
  public static Score corpus(List<String> predictions, List<List<String>> golds) {
    if (predictions.isEmpty() || predictions.size() != golds.size()) {
      throw new UserError(
          "there are %d answers to %d questions: give one for each"
              .formatted(predictions.size(), golds.size()));
    }
    double exact = 0;
    double f1 = 0;
    for (int i = 0; i < predictions.size(); i++) {
      Score score = answer(predictions.get(i), golds.get(i));
      exact += score.exactMatch;
      f1 += score.f1;
    }
    return new Score(100 * exact / predictions.size(), 100 * f1 / predictions.size());
  }

  private static double f1(List<String> prediction, List<String> gold) {
    if (prediction.isEmpty() || gold.isEmpty()) return prediction.equals(gold) ? 1 : 0;
    long common = NGrams.matches(NGrams.ofWords(prediction, 1), NGrams.ofWords(gold, 1));
    return new Overlap(common, prediction.size(), gold.size()).f1();
  }

  private static String normalized(String text) {
    String bare = PUNCTUATION.matcher(Lowercase.of(text)).replaceAll("");
    return String.join(" ", Whitespace.words(ARTICLES.matcher(bare).replaceAll(" ")));
  }
}
