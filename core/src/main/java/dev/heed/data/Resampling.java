package dev.heed.data;

/**
 * How an image's new pixels are made of its old ones: weighed means, of more pixels the smaller it
 * becomes, so that nothing is skipped. The numbers are Pillow's, whose weights are whole multiples
 * of 2⁻²².
 */
public enum Resampling {
  BILINEAR(1) {
    @Override
    double weight(double distance) {
      return Math.max(0, 1 - Math.abs(distance));
    }
  },
  /** Keys 1981, eq. 4 with a = −1/2. */
  BICUBIC(2) {
    @Override
    double weight(double distance) {
      double x = Math.abs(distance);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    }
  };

  private static final int BITS = 22;

  private final double reach; // in new pixels, or old ones if those are larger

  Resampling(double reach) {
    this.reach = reach;
  }

  abstract double weight(double distance);

  /** One channel, row after row, of values 0 to 255. */
  int[] resize(int[] channel, int height, int width, int newHeight, int newWidth) {
    int[] across = lines(channel, height, width, newWidth);
    int[] down = lines(transposed(across, height, newWidth), newWidth, height, newHeight);
    return transposed(down, newWidth, newHeight);
  }

  private static int[] transposed(int[] values, int rows, int columns) {
    int[] result = new int[values.length];
    for (int row = 0; row < rows; row++)
      for (int column = 0; column < columns; column++)
        result[column * rows + row] = values[row * columns + column];
    return result;
  }

  /** {@code count} lines of {@code size} values each → lines of {@code newSize}. */
  private int[] lines(int[] values, int count, int size, int newSize) {
    if (size == newSize) return values;
    int[] result = new int[count * newSize];
    double scale = (double) size / newSize;
    double stretch = Math.max(scale, 1);
    for (int place = 0; place < newSize; place++) {
      double center = (place + 0.5) * scale;
      int from = Math.max(0, (int) (center - reach * stretch + 0.5));
      int to = Math.min(size, (int) (center + reach * stretch + 0.5));
      int[] weights = weights(from, to, center, stretch);
      for (int line = 0; line < count; line++) {
        long sum = 1L << (BITS - 1); // rounds
        for (int i = from; i < to; i++) sum += (long) values[line * size + i] * weights[i - from];
        result[line * newSize + place] = (int) Math.max(0, Math.min(255, sum >> BITS));
      }
    }
    return result;
  }

  private int[] weights(int from, int to, double center, double stretch) {
    double[] weights = new double[to - from];
    double sum = 0;
    for (int i = from; i < to; i++) sum += weights[i - from] = weight((i - center + 0.5) / stretch);
    int[] rounded = new int[weights.length];
    for (int i = 0; i < rounded.length; i++) {
      double exact = weights[i] / sum * (1 << BITS);
      rounded[i] = (int) (exact + Math.copySign(0.5, exact)); // half away from 0
    }
    return rounded;
  }
}
