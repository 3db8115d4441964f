package dev.heed.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Byte-pair encoding as Sennrich et al. 2016 train it: the most frequent pair of neighbouring
 * symbols becomes a new symbol, over and over; on a tie, the pair with the smaller (left id, right
 * id) comes first.
 *
 * <p>The counts are kept up to date instead of recounted: a merge visits only the words that hold
 * its pair. The queue is lazy: an entry whose count has since changed is put right when it comes to
 * the top.
 */
final class PairMerges {
  /** One merge, with how often the pair occurred when it was merged. */
  record Merge(String left, String right, long count) {}

  private record Candidate(long count, int left, int right) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      if (count != other.count) return Long.compare(other.count, count);
      if (left != other.left) return Integer.compare(left, other.left);
      return Integer.compare(right, other.right);
    }
  }

  /** A pair's count, and the words that hold it or once did. */
  private static final class Pair {
    long count;
    final Set<Integer> words = new HashSet<>();
  }

  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final List<String> symbols = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> frequencies = new ArrayList<>();
  private final Map<Long, Pair> pairs = new HashMap<>();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
  private final List<Merge> merges = new ArrayList<>();

  /**
   * @param alphabet the first symbols, in the order of their ids; special tokens among them
   */
  PairMerges(Collection<String> alphabet) {
    alphabet.forEach(this::id);
  }

  /** Adds a word, cut into symbols of the alphabet, and how often it occurs. */
  void add(List<String> word, long frequency) {
    int[] symbolIds = word.stream().mapToInt(ids::get).toArray();
    for (int i = 0; i + 1 < symbolIds.length; i++) {
      count(symbolIds[i], symbolIds[i + 1], frequency, words.size());
    }
    words.add(symbolIds);
    frequencies.add(frequency);
  }

  /**
   * Merges until the vocabulary has the size asked for or no pair is frequent enough.
   *
   * @param prefix what marks a symbol as not the first of its word, taken off the right part of a
   *     merge; may be empty
   */
  void merge(int vocabulary, long minFrequency, String prefix) {
    pairs.forEach((key, pair) -> queue.add(candidate(key, pair)));
    var done = new HashSet<Long>();
    while (symbols.size() < vocabulary) {
      Candidate top = queue.poll();
      if (top == null || top.count < minFrequency) return;
      long key = key(top.left, top.right);
      Pair pair = pairs.get(key);
      if (pair == null || pair.count > top.count) continue; // merged, or queued again higher up
      if (pair.count < top.count) {
        if (pair.count > 0) queue.add(candidate(key, pair));
        continue;
      }
      pairs.remove(key);
      String left = symbols.get(top.left);
      String right = symbols.get(top.right);
      int merged = id(left + (right.startsWith(prefix) ? right.substring(prefix.length()) : right));
      // A pair can come back when a later merge spells its left or right part in another way.
      if (done.add(key)) merges.add(new Merge(left, right, top.count));
      replace(top.left, top.right, merged, pair.words);
    }
  }

  /** The vocabulary in the order of the ids. */
  List<String> symbols() {
    return symbols;
  }

  List<Merge> merges() {
    return merges;
  }

  private void replace(int left, int right, int merged, Set<Integer> affected) {
    var grown = new HashSet<Long>();
    for (int index : affected) {
      int[] word = words.get(index);
      long frequency = frequencies.get(index);
      int[] out = new int[word.length];
      int n = 0;
      int i = 0;
      while (i < word.length) {
        if (i + 1 == word.length || word[i] != left || word[i + 1] != right) {
          out[n++] = word[i++];
          continue;
        }
        if (n > 0) {
          count(out[n - 1], left, -frequency, index);
          grown.add(count(out[n - 1], merged, frequency, index));
        }
        if (i + 2 < word.length) {
          count(right, word[i + 2], -frequency, index);
          grown.add(count(merged, word[i + 2], frequency, index));
        }
        out[n++] = merged;
        i += 2;
      }
      words.set(index, Arrays.copyOf(out, n));
    }
    for (long key : grown) {
      Pair pair = pairs.get(key);
      if (pair != null && pair.count > 0) queue.add(candidate(key, pair));
    }
    pairs.remove(key(left, right)); // neighbours of the merged pair were counted down in vain
  }

  private long count(int left, int right, long change, int word) {
    long key = key(left, right);
    Pair pair = pairs.computeIfAbsent(key, k -> new Pair());
    pair.count += change;
    if (change > 0) pair.words.add(word);
    return key;
  }

  private int id(String symbol) {
    return ids.computeIfAbsent(
        symbol,
        s -> {
          symbols.add(s);
          return symbols.size() - 1;
        });
  }

  private static Candidate candidate(long key, Pair pair) {
    return new Candidate(pair.count, (int) (key >>> 32), (int) key);
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
