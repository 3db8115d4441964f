package dev.heed.text;

import static java.lang.Double.NEGATIVE_INFINITY;

import java.util.Arrays;
import java.util.Map;

/**
 * All ways to cut one word into pieces, as edges between the positions before and after its
 * characters. A piece whose score is minus infinity cannot be used.
 */
final class UnigramLattice {
  /** The word's length in chars, and (from, to, piece) of each edge, by ascending from. */
  private final int length;

  private final int[] edges;

  private UnigramLattice(int length, int[] edges) {
    this.length = length;
    this.edges = edges;
  }

  /**
   * @param ids the pieces; every character of the word is one
   */
  static UnigramLattice of(String word, Map<String, Integer> ids) {
    int[] edges = new int[3 * word.length()];
    int n = 0;
    for (int from = 0; from < word.length(); from += charCount(word, from)) {
      int to = from;
      for (int i = 0; i < UnigramSeeds.MAX_LENGTH && to < word.length(); i++) {
        to += charCount(word, to);
        Integer id = ids.get(word.substring(from, to));
        if (id == null) continue;
        if (n + 3 > edges.length) edges = Arrays.copyOf(edges, 2 * edges.length);
        edges[n++] = from;
        edges[n++] = to;
        edges[n++] = id;
      }
    }
    return new UnigramLattice(word.length(), Arrays.copyOf(edges, n));
  }

  /**
   * Adds, for each piece, how often it is expected in {@code count} such words: forward–backward,
   * where forward[i] is the log of the summed probability of all ways to spell what comes before i.
   */
  void addExpected(double[] scores, long count, double[] expected) {
    double[] forward = new double[length + 1];
    double[] backward = new double[length + 1];
    Arrays.fill(forward, 1, length + 1, NEGATIVE_INFINITY);
    Arrays.fill(backward, 0, length, NEGATIVE_INFINITY);
    for (int e = 0; e < edges.length; e += 3) {
      int to = edges[e + 1];
      forward[to] = logSum(forward[to], forward[edges[e]] + scores[edges[e + 2]]);
    }
    for (int e = edges.length - 3; e >= 0; e -= 3) {
      int from = edges[e];
      backward[from] = logSum(backward[from], backward[edges[e + 1]] + scores[edges[e + 2]]);
    }
    for (int e = 0; e < edges.length; e += 3) {
      double path = forward[edges[e]] + scores[edges[e + 2]] + backward[edges[e + 1]];
      expected[edges[e + 2]] += count * Math.exp(path - forward[length]);
    }
  }

  /**
   * The pieces of the most probable way to spell the word (Viterbi).
   *
   * @param without a piece not to use; −1 for none
   */
  int[] best(double[] scores, int without) {
    double[] score = new double[length + 1];
    int[] arrival = new int[length + 1];
    Arrays.fill(score, 1, length + 1, NEGATIVE_INFINITY);
    for (int e = 0; e < edges.length; e += 3) {
      double path = score[edges[e]] + scores[edges[e + 2]];
      if (path > score[edges[e + 1]] && edges[e + 2] != without) {
        score[edges[e + 1]] = path;
        arrival[edges[e + 1]] = e;
      }
    }
    int[] pieces = new int[length];
    int n = length;
    for (int at = length; at > 0; at = edges[arrival[at]]) pieces[--n] = edges[arrival[at] + 2];
    return Arrays.copyOfRange(pieces, n, length);
  }

  private static int charCount(String word, int at) {
    return Character.charCount(word.codePointAt(at));
  }

  private static double logSum(double a, double b) {
    double max = Math.max(a, b);
    if (max == NEGATIVE_INFINITY) return max;
    return max + Math.log1p(Math.exp(Math.min(a, b) - max));
  }
}
