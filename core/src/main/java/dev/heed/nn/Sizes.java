package dev.heed.nn;

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
}
