package dev.heed.inspect;

import java.awt.Color;

/**
 * A colour map whose lightness rises evenly, also for colour-blind eyes and in print: ten points of
 * Matplotlib's viridis (van der Walt and Smith 2015), straight lines between them.
 */
final class Viridis {
  private static final int[] POINTS = {
    0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B,
    0xFDE725
  };

  private Viridis() {}

  /** The colour, 0xRRGGBB, of a value that is clamped to 0…1. */
  static int rgb(double value) {
    double at = Math.min(Math.max(value, 0), 1) * (POINTS.length - 1);
    int i = Math.min((int) at, POINTS.length - 2);
    Color a = new Color(POINTS[i]);
    Color b = new Color(POINTS[i + 1]);
    double f = at - i;
    return mix(a.getRed(), b.getRed(), f) << 16
        | mix(a.getGreen(), b.getGreen(), f) << 8
        | mix(a.getBlue(), b.getBlue(), f);
  }

  /** Black or white, whichever can be read on the colour of {@code value}. */
  static Color ink(double value) {
    return value > 0.6 ? Color.BLACK : Color.WHITE;
  }

  private static int mix(int a, int b, double f) {
    return (int) Math.round(a + (b - a) * f);
  }
}
