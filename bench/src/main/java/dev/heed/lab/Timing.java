package dev.heed.lab;

import java.util.ArrayList;
import java.util.List;

/** How long something takes. */
final class Timing {
  private static final int LEAST = 3;
  private static final int MOST = 51;
  private static final double SECONDS = 1;

  private Timing() {}

  /**
   * The median of several times, in seconds: three, and more while they take less than a second
   * together. What is timed has run before.
   */
  static double median(Runnable work) {
    List<Double> times = new ArrayList<>();
    double sum = 0;
    while (times.size() < LEAST || (sum < SECONDS && times.size() < MOST)) {
      long start = System.nanoTime();
      work.run();
      double seconds = (System.nanoTime() - start) / 1e9;
      times.add(seconds);
      sum += seconds;
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }
}
