package dev.heed.task;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Token sequences of windows that share some sound, joined where they say the same, as
 * transformers' pipeline of Whisper does. Of all ways to lay the next over the end of the last, by
 * i tokens, that with the greatest {@code matches/i + i/10000} and two matches or more is taken;
 * the left half of what they share is the first one's, the right half the second one's.
 */
final class Overlap {
  private Overlap() {}

  static int[] join(List<int[]> sequences) {
    IntStream whole = IntStream.empty();
    int[] left = sequences.get(0);
    for (int[] right : sequences.subList(1, sequences.size())) {
      double best = 0;
      int leftEnd = left.length;
      int rightStart = 0;
      for (int i = 1; i < left.length + right.length; i++) {
        int from = Math.max(0, left.length - i);
        int to = Math.min(left.length, left.length + right.length - i);
        int start = Math.max(0, i - left.length);
        int matches = 0;
        for (int j = from; j < to; j++) if (left[j] == right[start + j - from]) matches++;
        double score = (double) matches / i + i / 10_000.0;
        if (matches > 1 && score > best) {
          best = score;
          leftEnd = (from + to) / 2;
          rightStart = (start + start + to - from) / 2;
        }
      }
      whole = IntStream.concat(whole, Arrays.stream(left, 0, leftEnd));
      left = Arrays.copyOfRange(right, rightStart, right.length);
    }
    return IntStream.concat(whole, IntStream.of(left)).toArray();
  }
}
