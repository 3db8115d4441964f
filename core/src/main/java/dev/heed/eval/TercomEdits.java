package dev.heed.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tercom's greedy search for shifts: take the shift of a run of words that lowers the edit distance
 * most, and again until none lowers it; each shift is one edit, and what distance is left the rest.
 */
final class TercomEdits {
  private static final int MAX_SHIFT_SIZE = 10;
  private static final int MAX_SHIFT_DISTANCE = 50;

  /** How many shifts are tried for one sentence, over all rounds. */
  private static final int MAX_CANDIDATES = 1000;

  private final int[] reference;
  private final BeamEditDistance distance;
  private int candidates;

  /**
   * The words from {@code start} on, {@code length} of them, moved to before {@code target}.
   *
   * @param gain by how much that lowers the edit distance
   */
  private record Shift(int gain, int length, int start, int target) {
    /** Tercom's ranking: highest gain, longest run, earliest start, earliest target. */
    static final Comparator<Shift> RANKING =
        Comparator.comparingInt(Shift::gain)
            .thenComparingInt(Shift::length)
            .thenComparing(Comparator.comparingInt(Shift::start).reversed())
            .thenComparing(Comparator.comparingInt(Shift::target).reversed());
  }

  private TercomEdits(int[] hypothesis, int[] reference) {
    this.reference = reference;
    this.distance = new BeamEditDistance(hypothesis, reference);
  }

  /** The number of edits that turn the hypothesis into the reference. */
  static int count(List<String> hypothesis, List<String> reference) {
    if (reference.isEmpty()) return hypothesis.size();
    var ids = new HashMap<String, Integer>();
    return new TercomEdits(ids(hypothesis, ids), ids(reference, ids)).count();
  }

  private static int[] ids(List<String> words, Map<String, Integer> ids) {
    return words.stream().mapToInt(word -> ids.computeIfAbsent(word, w -> ids.size())).toArray();
  }

  private int count() {
    int shifts = 0;
    while (true) {
      var shift = bestShift();
      if (candidates >= MAX_CANDIDATES || shift.isEmpty() || shift.get().gain <= 0) {
        return shifts + distance.current();
      }
      shifts++;
      distance.moveTo(
          shifted(distance.words(), shift.get().start, shift.get().length, shift.get().target));
    }
  }

  private Optional<Shift> bestShift() {
    Optional<Shift> best = Optional.empty();
    var words = distance.words();
    var alignment = distance.alignment();
    for (int start = 0; start < words.length; start++) {
      int from = Math.max(0, start - MAX_SHIFT_DISTANCE);
      int to = Math.min(reference.length - 1, start + MAX_SHIFT_DISTANCE);
      for (int at = from; at <= to; at++) {
        int common = commonPrefix(words, start, at);
        for (int length = 1; length <= common; length++) {
          // Only a run that is wrong where it stands, and that is wanted where it would go.
          if (!alignment.wrongInHypothesis(start, length)
              || !alignment.wrongInReference(at, length)) {
            continue;
          }
          int aligned = alignment.position(at);
          if (aligned >= start && aligned < start + length) continue;
          best = bestTarget(best, alignment, start, at, length);
          if (candidates >= MAX_CANDIDATES) return best;
        }
      }
    }
    return best;
  }

  private int commonPrefix(int[] words, int start, int at) {
    int limit = Math.min(MAX_SHIFT_SIZE, Math.min(words.length - start, reference.length - at));
    int length = 0;
    while (length < limit && words[start + length] == reference[at + length]) length++;
    return length;
  }

  /** Tries the run after each word that is aligned with the reference's words from at-1 on. */
  private Optional<Shift> bestTarget(
      Optional<Shift> best, BeamEditDistance.Alignment alignment, int start, int at, int length) {
    int previous = -1;
    for (int next = at - 1; next < at + length; next++) {
      int target = next < 0 ? 0 : alignment.position(next) + 1;
      if (target == previous) continue;
      previous = target;
      int gain = distance.current() - distance.of(shifted(distance.words(), start, length, target));
      var shift = new Shift(gain, length, start, target);
      if (best.isEmpty() || Shift.RANKING.compare(shift, best.get()) > 0) best = Optional.of(shift);
      candidates++;
    }
    return best;
  }

  /** A target inside the run counts from its start, among the words that follow the run. */
  static int[] shifted(int[] words, int start, int length, int target) {
    int to = target > start + length ? target - length : Math.min(target, words.length - length);
    var result = words.clone();
    var run = Arrays.copyOfRange(words, start, start + length);
    if (to > start) {
      System.arraycopy(words, start + length, result, start, to - start);
    } else {
      System.arraycopy(words, to, result, to + length, start - to);
    }
    System.arraycopy(run, 0, result, to, length);
    return result;
  }
}
