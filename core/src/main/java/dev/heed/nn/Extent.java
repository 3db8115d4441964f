package dev.heed.nn;

/** A height and a width, in pixels or patches. */
public record Extent(int height, int width) {
  public Extent {
    Sizes.positive("height", height);
    Sizes.positive("width", width);
  }

  public static Extent square(int side) {
    return new Extent(side, side);
  }

  public boolean isSquare() {
    return height == width;
  }

  /** Their product. */
  public int area() {
    return Math.multiplyExact(height, width);
  }

  /** How many of {@code part} fit without overlap, side by side and one below the other. */
  public Extent over(Extent part) {
    return new Extent(height / part.height, width / part.width);
  }

  @Override
  public String toString() {
    return height + "×" + width;
  }
}
