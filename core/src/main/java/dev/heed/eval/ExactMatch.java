package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.List;

/** How many lines are exactly right. */
public final class ExactMatch {
  private ExactMatch() {}

  /**
   * The share, in [0, 1], of lines that equal one of their references, character by character.
   *
   * @param references one inner list for each reference set, each as long as {@code hypotheses}
   * @throws UserError if there are no lines, or the lengths differ
   */
  public static double corpus(List<String> hypotheses, List<List<String>> references) {
    Segments.check(hypotheses, references);
    int equal = 0;
    for (int line = 0; line < hypotheses.size(); line++) {
      if (Segments.line(references, line).contains(hypotheses.get(line))) equal++;
    }
    return (double) equal / hypotheses.size();
  }
}
