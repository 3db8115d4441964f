package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class PairMergesTest {
  private static final List<String> ALPHABET = List.of("c", "a", "b");

  /** The incremental counts and the queue against counting all pairs anew before each merge. */
  @Property(tries = 500)
  void mergesAsRecountingWould(
      @ForAll @Size(min = 1, max = 6)
          List<@StringLength(min = 1, max = 12) @CharRange(from = 'a', to = 'c') String> words,
      @ForAll @IntRange(min = 4, max = 20) int vocabulary,
      @ForAll @IntRange(min = 1, max = 3) int minFrequency) {
    var learner = new PairMerges(ALPHABET);
    for (int i = 0; i < words.size(); i++) learner.add(List.of(words.get(i).split("")), i + 1);
    learner.merge(vocabulary, minFrequency, "");
    assertEquals(recounting(words, vocabulary, minFrequency), learner.merges());
  }

  private static List<PairMerges.Merge> recounting(
      List<String> corpus, int vocabulary, int minFrequency) {
    var symbols = new ArrayList<>(ALPHABET);
    var words = new ArrayList<>(corpus.stream().map(word -> List.of(word.split(""))).toList());
    var merges = new ArrayList<PairMerges.Merge>();
    var done = new HashSet<List<String>>();
    while (symbols.size() < vocabulary) {
      var counts = new TreeMap<Long, Long>();
      for (int w = 0; w < words.size(); w++) {
        List<String> word = words.get(w);
        for (int i = 0; i + 1 < word.size(); i++) {
          long key = 1000L * symbols.indexOf(word.get(i)) + symbols.indexOf(word.get(i + 1));
          counts.merge(key, w + 1L, Long::sum);
        }
      }
      long key = -1;
      for (var entry : counts.entrySet()) {
        if (key < 0 || entry.getValue() > counts.get(key)) key = entry.getKey();
      }
      if (key < 0 || counts.get(key) < minFrequency) break;
      String left = symbols.get((int) (key / 1000));
      String right = symbols.get((int) (key % 1000));
      if (!symbols.contains(left + right)) symbols.add(left + right);
      if (done.add(List.of(left, right))) {
        merges.add(new PairMerges.Merge(left, right, counts.get(key)));
      }
      words.replaceAll(word -> merged(word, left, right));
    }
    return merges;
  }

  private static List<String> merged(List<String> word, String left, String right) {
    var merged = new ArrayList<String>();
    int i = 0;
    while (i < word.size()) {
      boolean pair =
          i + 1 < word.size() && word.get(i).equals(left) && word.get(i + 1).equals(right);
      merged.add(pair ? left + right : word.get(i));
      i += pair ? 2 : 1;
    }
    return merged;
  }
}
