package dev.heed.tensor;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.pytorch.global.torch;

/**
 * The one source of chance. Its state is a counter, so that a run that seeds each step with {@code
 * (seed, step)} can be resumed anywhere without saving anything.
 *
 * <p>Dropout masks on the CPU are made here rather than by the engine, whose Mersenne Twister takes
 * 10 ns an element on one thread — a fifth of a small model's step
 * (docs/decisions/0005-dropout.md).
 */
public final class Randomness {
  private static final int CHUNK = 1 << 14;
  private static final AtomicLong STATE = new AtomicLong(0x9E3779B97F4A7C15L);

  private Randomness() {}

  /** Starts all random numbers of this process anew. */
  public static void seed(long seed) {
    Engine.start();
    STATE.set(mix(seed));
    torch.manual_seed(seed);
  }

  /** Seeds from a run's seed and a position in it, such as the step. */
  public static void seed(long seed, long position) {
    seed(mix(seed ^ mix(position)));
  }

  /** The next 64 random bits. */
  public static long next() {
    return mix(STATE.addAndGet(0x9E3779B97F4A7C15L));
  }

  /**
   * Fills a float32 mask on the CPU with 0 (with probability {@code p}) and 1/(1-p).
   *
   * <p>Each element hashes its index and a random key (Wellons' {@code lowbias32}); the loop has no
   * branch and no carried state, so that the JIT turns it into vector instructions.
   */
  static void dropoutMask(IntPointer mask, long size, double p) {
    int keepBelow = (int) Math.round((1 - p) * Integer.MAX_VALUE);
    int scale = Float.floatToRawIntBits((float) (1 / (1 - p)));
    int[] chunk = new int[(int) Math.min(CHUNK, size)];
    for (long start = 0; start < size; start += CHUNK) {
      fill(chunk, (int) next(), keepBelow, scale);
      mask.position(start).put(chunk, 0, (int) Math.min(CHUNK, size - start));
    }
    mask.position(0);
  }

  private static void fill(int[] out, int key, int keepBelow, int scale) {
    for (int i = 0; i < out.length; i++) {
      int x = i * 0x9E3779B9 + key;
      x ^= x >>> 16;
      x *= 0x7FEB352D;
      x ^= x >>> 15;
      x *= 0x846CA68B;
      x ^= x >>> 16;
      out[i] = (((x >>> 1) - keepBelow) >> 31) & scale; // all ones where x/2 < keepBelow
    }
  }

  /** SplitMix64's finaliser (Steele et al. 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
