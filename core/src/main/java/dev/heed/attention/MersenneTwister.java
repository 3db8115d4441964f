package dev.heed.attention;

/**
 * MT19937 (Matsumoto and Nishimura 1998), and NumPy's {@code RandomState.permutation} by it, so
 * that what a Python library draws from a seed is drawn here too.
 */
final class MersenneTwister {
  private static final int SIZE = 624;
  private static final int MIDDLE = 397;

  private final int[] state = new int[SIZE];
  private int next = SIZE;

  MersenneTwister(int seed) {
    state[0] = seed;
    for (int i = 1; i < SIZE; i++)
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }

  /** 32 random bits. */
  private int bits() {
    if (next == SIZE) twist();
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }

  private void twist() {
    for (int i = 0; i < SIZE; i++) {
      int y = state[i] & 0x80000000 | state[(i + 1) % SIZE] & 0x7fffffff;
      state[i] = state[(i + MIDDLE) % SIZE] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
    }
    next = 0;
  }

  /** Puts values in random order, in place. */
  int[] shuffled(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = upTo(i);
      int held = values[i];
      values[i] = values[j];
      values[j] = held;
    }
    return values;
  }

  /** 0 … {@code most}, above 0: as many low bits as that has, until they are no more than it. */
  private int upTo(int most) {
    int mask = -1 >>> Integer.numberOfLeadingZeros(most);
    int drawn;
    do drawn = bits() & mask;
    while (drawn > most);
    return drawn;
  }
}
