package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnigramLatticeTest {
  private static final List<String> PIECES =
      List.of("a", "b", "😀", "ab", "ba", "aba", "bab", "a😀", "abab", "zz");

  /** Forward–backward and Viterbi against listing every way to spell a word. */
  @Test
  void countsAndFindsAsListingAllCutsWould() {
    var ids = new HashMap<String, Integer>();
    PIECES.forEach(piece -> ids.put(piece, ids.size()));
    var random = new Random(7);
    for (String word : List.of("a", "ababab", "babaaba😀ab", "😀😀")) {
      double[] scores =
          IntStream.range(0, ids.size()).mapToDouble(i -> -3 * random.nextDouble()).toArray();
      scores[ids.get("ba")] = Double.NEGATIVE_INFINITY;
      var cuts = new ArrayList<List<Integer>>();
      cuts(word, ids, List.of(), cuts);
      double total = 0;
      double[] expected = new double[ids.size()];
      List<Integer> best = cuts.get(0);
      for (List<Integer> cut : cuts) {
        double probability = Math.exp(score(cut, scores));
        total += probability;
        for (int id : cut) expected[id] += 5 * probability;
        if (score(cut, scores) > score(best, scores)) best = cut;
      }
      for (int i = 0; i < expected.length; i++) expected[i] /= total;

      UnigramLattice lattice = UnigramLattice.of(word, ids);
      double[] actual = new double[ids.size()];
      lattice.addExpected(scores, 5, actual);
      assertArrayEquals(expected, actual, 1e-12, word);
      assertEquals(best, IntStream.of(lattice.best(scores, -1)).boxed().toList(), word);
      int without = best.get(0);
      if (PIECES.get(without).length() > 2) {
        int[] other = lattice.best(scores, without);
        assertEquals(0, IntStream.of(other).filter(id -> id == without).count());
      }
    }
  }

  private static double score(List<Integer> cut, double[] scores) {
    return cut.stream().mapToDouble(id -> scores[id]).sum();
  }

  private static void cuts(
      String rest, Map<String, Integer> ids, List<Integer> sofar, List<List<Integer>> cuts) {
    if (rest.isEmpty()) cuts.add(sofar);
    ids.forEach(
        (piece, id) -> {
          if (!rest.startsWith(piece)) return;
          var longer = new ArrayList<>(sofar);
          longer.add(id);
          cuts(rest.substring(piece.length()), ids, longer, cuts);
        });
  }
}
