package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.List;

/** Hypotheses and reference sets, line by line. */
final class Segments {
  private Segments() {}

  /**
   * @throws UserError if there is no line, no reference set, or a set of another length
   */
  static void check(List<String> hypotheses, List<List<String>> references) {
    if (hypotheses.isEmpty()) {
      throw new UserError("There is no hypothesis to score: give at least one line.");
    }
    if (references.isEmpty()) {
      throw new UserError("There is no reference to score against: give at least one set.");
    }
    for (int set = 0; set < references.size(); set++) {
      int lines = references.get(set).size();
      if (lines != hypotheses.size()) {
        throw new UserError(
            "Reference set %d has %d lines, but there are %d hypotheses: give one line for each."
                .formatted(set + 1, lines, hypotheses.size()));
      }
    }
  }

  /** The references of one line, one from each set. */
  static List<String> line(List<List<String>> references, int line) {
    return references.stream().map(set -> set.get(line)).toList();
  }

  /** The references of one sentence as sets of a single line. */
  static List<List<String>> sets(List<String> references) {
    return references.stream().map(List::of).toList();
  }
}
