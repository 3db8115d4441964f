package dev.heed.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The likeliest answers within one window of a context: P(start = i) · P(end = j) for i ≤ j (Devlin
 * et al. 2019, section 4.2), the probabilities being over the tokens of the context and the first
 * token of all, which stands for no answer (section 4.3).
 *
 * @param none the probability that the window has no answer
 * @param best likeliest first
 */
record Spans(double none, List<Span> best) {
  /** From one token to another, both included, and how likely they are. */
  record Span(int first, int last, double score) {}

  /**
   * @param scores (T, 2): how much speaks for a start at each token, and for an end
   * @param from the context's first token, at least 1
   * @param to the token after its last
   * @param longest tokens of an answer at most
   * @param count spans at most
   */
  static Spans of(float[] scores, int from, int to, int longest, int count) {
    double[] starts = probabilities(scores, 0, from, to);
    double[] ends = probabilities(scores, 1, from, to);
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < to - from; i++)
      for (int j = i; j < Math.min(i + longest, to - from); j++)
        spans.add(new Span(from + i, from + j, starts[i + 1] * ends[j + 1]));
    spans.sort(Comparator.comparingDouble(Span::score).reversed());
    return new Spans(
        starts[0] * ends[0], List.copyOf(spans.subList(0, Math.min(count, spans.size()))));
  }

  /** Of the first token, and of those of the context. */
  private static double[] probabilities(float[] scores, int which, int from, int to) {
    float[] some = new float[to - from + 1];
    some[0] = scores[which];
    IntStream.range(from, to).forEach(t -> some[t - from + 1] = scores[2 * t + which]);
    return Softmax.of(some, 0, some.length);
  }
}
