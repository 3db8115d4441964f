package dev.heed.task;

/** Scores as probabilities. */
final class Softmax {
  private Softmax() {}

  /** Of {@code count} classes from {@code from} on. */
  static double[] of(float[] scores, int from, int count) {
    double[] result = new double[count];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) most = Math.max(most, scores[from + i]);
    double sum = 0;
    for (int i = 0; i < count; i++) sum += result[i] = Math.exp(scores[from + i] - most);
    for (int i = 0; i < count; i++) result[i] /= sum;
    return result;
  }
}
