package dev.heed.eval;

/** How far two rows of numbers rise and fall together. */
public final class Correlation {
  private Correlation() {}

  /**
   * Pearson's r in [−1, 1]: Σ (a − ā)(b − b̄) / √(Σ (a − ā)² · Σ (b − b̄)²); 0 where either row is
   * of one value.
   *
   * @throws IllegalArgumentException if the rows are empty or of different lengths
   */
  public static double pearson(double[] a, double[] b) {
    if (a.length == 0 || a.length != b.length)
      throw new IllegalArgumentException(
          "rows of %d and %d numbers can't be compared".formatted(a.length, b.length));
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < a.length; i++) {
      meanA += a[i] / a.length;
      meanB += b[i] / a.length;
    }
    double together = 0;
    double spreadA = 0;
    double spreadB = 0;
    for (int i = 0; i < a.length; i++) {
      together += (a[i] - meanA) * (b[i] - meanB);
      spreadA += (a[i] - meanA) * (a[i] - meanA);
      spreadB += (b[i] - meanB) * (b[i] - meanB);
    }
    double scale = Math.sqrt(spreadA * spreadB);
    return scale == 0 ? 0 : together / scale;
  }
}
