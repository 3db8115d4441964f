package dev.heed.eval;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts of n-grams, and how many two texts share. */
final class NGrams {
  private NGrams() {}

  /** Runs of {@code n} tokens, joined by spaces, which no token holds. */
  static Map<String, Integer> ofWords(List<String> tokens, int n) {
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i + n <= tokens.size(); i++) {
      counts.merge(String.join(" ", tokens.subList(i, i + n)), 1, Integer::sum);
    }
    return counts;
  }

  /** Runs of {@code n} code points. */
  static Map<String, Integer> ofChars(String text, int n) {
    var counts = new HashMap<String, Integer>();
    if (text.codePointCount(0, text.length()) < n) return counts;
    int end = text.offsetByCodePoints(0, n);
    for (int start = 0; ; ) {
      counts.merge(text.substring(start, end), 1, Integer::sum);
      if (end == text.length()) return counts;
      start = text.offsetByCodePoints(start, 1);
      end = text.offsetByCodePoints(end, 1);
    }
  }

  static long total(Map<String, Integer> counts) {
    return counts.values().stream().mapToLong(Integer::intValue).sum();
  }

  /** The hypothesis's n-grams that the reference has too, each at most as often as there. */
  static long matches(Map<String, Integer> hypothesis, Map<String, Integer> reference) {
    return hypothesis.entrySet().stream()
        .mapToLong(e -> Math.min(e.getValue(), reference.getOrDefault(e.getKey(), 0)))
        .sum();
  }
}
