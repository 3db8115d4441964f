package dev.heed.lab;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Pictures of two dashed curves and two dots, pixel by pixel (after Linsley et al. 2018; Tay et al.
 * 2021): do the dots stand at the ends of one curve? Both answers are as frequent, and both have
 * the same curves: only where the second dot stands differs.
 */
final class Pathfinder implements LongTask.Generator {
  private static final int EMPTY = 1;
  private static final int INK = 2;
  private static final int DOT = 3;
  private static final int DASH = 3; // pixels with ink, then one without
  private static final int APART = 5; // of two curves, along the greater of both directions
  private static final int SMALLEST = 24;
  private static final double BEND = 0.3; // radians a pixel, standard deviation

  private record Pixel(int x, int y) {
    int distance(Pixel other) {
      return Math.max(Math.abs(x - other.x), Math.abs(y - other.y));
    }
  }

  @Override
  public int vocabulary() {
    return DOT + 1;
  }

  @Override
  public int classes() {
    return 2;
  }

  @Override
  public boolean perToken() {
    return false;
  }

  @Override
  public LongTask.Example draw(SplittableRandom random, int length) {
    int side = (int) Math.sqrt(length);
    if (side * side != length || side < SMALLEST)
      throw new UserError(
          "pictures are squares of at least %d pixels, such as 1024; %d is none"
              .formatted(SMALLEST * SMALLEST, length));
    while (true) {
      Optional<List<Pixel>> first = curve(random, side);
      Optional<List<Pixel>> second = curve(random, side);
      if (first.isEmpty() || second.isEmpty() || areNear(first.get(), second.get())) continue;
      boolean connected = random.nextBoolean();
      int[] ids = new int[length];
      Arrays.fill(ids, EMPTY);
      dash(ids, side, first.get());
      dash(ids, side, second.get());
      List<Pixel> ending = connected ? first.get() : second.get();
      dot(ids, side, first.get().get(0));
      dot(ids, side, ending.get(ending.size() - 1));
      return new LongTask.Example(ids, new int[] {connected ? 1 : 0});
    }
  }

  /**
   * Pixels one after the other, two thirds of a picture's width; empty if it leaves the picture.
   */
  private static Optional<List<Pixel>> curve(SplittableRandom random, int side) {
    Set<Pixel> pixels = new LinkedHashSet<>();
    double x = random.nextDouble(2, side - 2);
    double y = random.nextDouble(2, side - 2);
    double heading = random.nextDouble(2 * Math.PI);
    int length = 2 * side / 3;
    while (pixels.size() < length) {
      if (x < 2 || y < 2 || x >= side - 2 || y >= side - 2) return Optional.empty();
      pixels.add(new Pixel((int) x, (int) y));
      heading += BEND * random.nextGaussian();
      x += Math.cos(heading);
      y += Math.sin(heading);
    }
    List<Pixel> curve = List.copyOf(pixels);
    boolean closed = curve.get(0).distance(curve.get(length - 1)) < APART;
    return closed ? Optional.empty() : Optional.of(curve);
  }

  private static boolean areNear(List<Pixel> a, List<Pixel> b) {
    return a.stream().anyMatch(one -> b.stream().anyMatch(other -> one.distance(other) < APART));
  }

  private static void dash(int[] ids, int side, List<Pixel> curve) {
    for (int i = 0; i < curve.size(); i++)
      if (i % (DASH + 1) < DASH) ids[curve.get(i).y() * side + curve.get(i).x()] = INK;
  }

  private static void dot(int[] ids, int side, Pixel at) {
    for (int y = at.y() - 1; y <= at.y() + 1; y++)
      for (int x = at.x() - 1; x <= at.x() + 1; x++) ids[y * side + x] = DOT;
  }
}
