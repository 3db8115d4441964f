package dev.heed.data;

import java.util.Random;

/** Independent random numbers for every use of one seed, the same on every machine. */
public final class Seeds {
  private Seeds() {}

  /** A generator of its own for each list of keys. */
  public static Random random(long... keys) {
    long state = 0;
    for (long key : keys) state = mix(state ^ mix(key));
    return new Random(state);
  }

  /** SplitMix64's step and finalizer (Steele, Lea &amp; Flood 2014): spreads nearby numbers. */
  static long mix(long z) {
    z += 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
