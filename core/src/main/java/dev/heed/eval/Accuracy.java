package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Accuracy of classification, with the F1 of each class (van Rijsbergen 1979, chapter 7). */
public final class Accuracy {
  private Accuracy() {}

  /**
   * @param accuracy the share of labels that are right, in [0, 1]
   * @param macroF1 the unweighted mean of the classes' F1
   * @param classes counts of every label that was predicted or is right, in the order of names
   */
  public record Score(double accuracy, double macroF1, Map<String, Overlap> classes) {}

  /**
   * @param gold the right labels, as many
   * @throws UserError if there are no labels, or the numbers differ
   */
  public static Score of(List<String> predicted, List<String> gold) {
    if (predicted.isEmpty() || predicted.size() != gold.size())
      throw new UserError(
          "there are %d predicted labels and %d right ones: give as many of both, and at least one"
              .formatted(predicted.size(), gold.size()));
    var classes = new TreeMap<String, Overlap>();
    int right = 0;
    for (int i = 0; i < gold.size(); i++) {
      boolean equal = predicted.get(i).equals(gold.get(i));
      if (equal) right++;
      classes.merge(predicted.get(i), new Overlap(equal ? 1 : 0, 1, 0), Overlap::plus);
      classes.merge(gold.get(i), new Overlap(0, 0, 1), Overlap::plus);
    }
    double macro = classes.values().stream().mapToDouble(Overlap::f1).average().orElseThrow();
    return new Score((double) right / gold.size(), macro, classes);
  }
}
