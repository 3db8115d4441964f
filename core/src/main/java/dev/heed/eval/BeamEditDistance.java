package dev.heed.eval;

import java.util.Arrays;

/**
 * The Levenshtein distance of word orders of one hypothesis to a reference, within a beam around
 * the diagonal, as Tercom and sacreBLEU compute it. Row i holds the distances of the first i words
 * to each prefix of the reference; a new order takes over the rows up to the first word that
 * differs.
 */
final class BeamEditDistance {
  private static final int BEAM = 25;

  /** Outside the beam. */
  private static final int UNREACHED = 1 << 29;

  private final int[] reference;
  private final double lengthRatio;
  private final int beam;
  private int[] words;
  private int[][] rows;
  private int[][] spare;

  BeamEditDistance(int[] words, int[] reference) {
    this.words = words;
    this.reference = reference;
    this.lengthRatio = words.length == 0 ? 1 : (double) reference.length / words.length;
    // Where the lengths differ so much that rows would not overlap, the beam is widened.
    this.beam = lengthRatio / 2 > BEAM ? (int) Math.ceil(lengthRatio / 2 + BEAM) : BEAM;
    this.rows = new int[words.length + 1][reference.length + 1];
    this.spare = new int[words.length + 1][reference.length + 1];
    Arrays.setAll(rows[0], j -> j);
    spare[0] = rows[0];
    for (int i = 1; i <= words.length; i++) fill(i, words[i - 1], rows[i - 1], rows[i]);
  }

  /** The order that {@link #current} and {@link #alignment} are of. */
  int[] words() {
    return words;
  }

  int current() {
    return rows[words.length][reference.length];
  }

  /** The distance of another order of the words. */
  int of(int[] order) {
    int first = Arrays.mismatch(words, order);
    if (first < 0) return current();
    int last = words.length - 1;
    while (words[last] == order[last]) last--;
    var above = rows[first];
    for (int i = first + 1; i <= words.length; i++) {
      fill(i, order[i - 1], above, spare[i]);
      // Equal rows before equal words have equal ends.
      if (i > last && Arrays.equals(spare[i], rows[i])) return current();
      above = spare[i];
    }
    return above[reference.length];
  }

  /** Makes another order the current one. */
  void moveTo(int[] order) {
    words = order;
    for (int i = 1; i <= words.length; i++) fill(i, words[i - 1], rows[i - 1], rows[i]);
  }

  private void fill(int i, int word, int[] above, int[] row) {
    int diagonal = (int) Math.floor(i * lengthRatio);
    int from = Math.max(0, diagonal - beam);
    int to = i == words.length ? reference.length : Math.min(reference.length, diagonal + beam - 1);
    Arrays.fill(row, UNREACHED);
    for (int j = from; j <= to; j++) {
      int cost = above[j] + 1;
      if (j > 0) {
        int replaced = above[j - 1] + (word == reference[j - 1] ? 0 : 1);
        cost = Math.min(Math.min(replaced, cost), row[j - 1] + 1);
      }
      row[j] = Math.min(cost, UNREACHED);
    }
  }

  /** Which words of hypothesis and reference the cheapest edits pair, and which they change. */
  static final class Alignment {
    private final int[] positions;
    private final boolean[] hypothesisErrors;
    private final boolean[] referenceErrors;

    private Alignment(int words, int referenceWords) {
      positions = new int[referenceWords];
      hypothesisErrors = new boolean[words];
      referenceErrors = new boolean[referenceWords];
    }

    /**
     * Where the hypothesis has the reference's word, or the last word before it where it has none;
     * -1 if that is before the first.
     */
    int position(int referenceWord) {
      return positions[referenceWord];
    }

    boolean wrongInHypothesis(int start, int length) {
      return any(hypothesisErrors, start, length);
    }

    boolean wrongInReference(int start, int length) {
      return any(referenceErrors, start, length);
    }

    private static boolean any(boolean[] errors, int start, int length) {
      for (int i = start; i < start + length; i++) if (errors[i]) return true;
      return false;
    }
  }

  /** The alignment of the current order; of edits as cheap it prefers to pair, then to delete. */
  Alignment alignment() {
    var alignment = new Alignment(words.length, reference.length);
    int i = words.length;
    int j = reference.length;
    while (i > 0 || j > 0) {
      boolean differ = i > 0 && j > 0 && words[i - 1] != reference[j - 1];
      if (i > 0 && j > 0 && rows[i][j] == rows[i - 1][j - 1] + (differ ? 1 : 0)) {
        i--;
        j--;
        alignment.positions[j] = i;
        alignment.hypothesisErrors[i] = differ;
        alignment.referenceErrors[j] = differ;
      } else if (i > 0 && rows[i][j] == rows[i - 1][j] + 1) {
        i--;
        alignment.hypothesisErrors[i] = true;
      } else {
        j--;
        alignment.positions[j] = i - 1;
        alignment.referenceErrors[j] = true;
      }
    }
    return alignment;
  }
}
