package dev.heed.nn;

import java.util.List;

/** The checks that models make of their sizes. */
public final class Sizes {
  private Sizes() {}

  /**
   * @throws IllegalArgumentException if {@code value} is below 1
   */
  public static void positive(String name, int value) {
    if (value < 1) throw new IllegalArgumentException(name + " must be at least 1, not " + value);
  }

  /**
   * @throws IllegalArgumentException if the first doesn't divide the second
   */
  public static void divides(String name, int divisor, String of, int value) {
    positive(name, divisor);
    positive(of, value);
    if (value % divisor != 0)
      throw new IllegalArgumentException(
          "%s (%d) must divide %s (%d) without remainder".formatted(name, divisor, of, value));
  }

  /**
   * @throws IllegalArgumentException if a list hasn't {@code count} entries, all positive
   */
  public static void entries(String name, List<? extends Number> values, int count) {
    positive("the number of stages", count);
    if (values.size() != count || values.stream().anyMatch(value -> value.doubleValue() <= 0))
      throw new IllegalArgumentException(
          "%s must have %d entries above 0, not %s".formatted(name, count, values));
  }

  /** The least multiple of {@code unit} that is no less than {@code length}. */
  public static long multiple(long length, long unit) {
    return (length + unit - 1) / unit * unit;
  }
}
