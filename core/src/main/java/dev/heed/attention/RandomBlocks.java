package dev.heed.attention;

import dev.heed.nn.Sizes;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The random blocks of BigBird's attention (Zaheer et al. 2020, appendix D) as Hugging Face's
 * {@code BigBirdBlockSparseAttention} draws them by NumPy's generator. Each block but the first and
 * the last of N gets r that it doesn't see by its window or as global ones: of the first 2r + 5
 * blocks, or by older plans where a text has one of the lengths that the paper trained with.
 *
 * @param count r
 * @param longest the most tokens that the model takes, on which the older plans depend
 * @param seed the layer's number
 */
public record RandomBlocks(int count, int longest, int seed) {
  private static final Set<Integer> OLD_LENGTHS = Set.of(1024, 3072, 4096);
  private static final int OLD_END = 1024; // tokens of which those plans draw

  public RandomBlocks {
    Sizes.positive("longest", longest);
    if (count < 0) throw new IllegalArgumentException("there can't be %d blocks".formatted(count));
  }

  /** (1, N, r): the first block, for each. */
  int[][][] zeros(int blocks) {
    return new int[1][blocks][count];
  }

  /**
   * (H, N, r).
   *
   * @param size tokens of a block
   */
  int[][][] draw(int heads, int blocks, int size) {
    int[][][] drawn = new int[heads][blocks][count];
    MersenneTwister random = new MersenneTwister(seed);
    if (OLD_LENGTHS.contains(blocks * size)) {
      for (int[][] head : drawn)
        System.arraycopy(old(random, Math.max(longest / size, blocks), size), 0, head, 0, blocks);
    } else if (count > 0) {
      for (int block = 1; block < blocks - 1; block++)
        for (int[][] head : drawn) head[block] = row(random, block);
    }
    return drawn;
  }

  /** r of the first 2r + 5 blocks. */
  private int[] row(MersenneTwister random, int block) {
    int end = 2 * count + 5;
    return IntStream.of(random.shuffled(IntStream.range(0, end).toArray()))
        .filter(key -> Math.abs(key - block) > 1 && key != 0 && key != end - 1)
        .filter(key -> block != 1 || key != end - 2)
        .filter(key -> block != end - 2 || key != 1)
        .limit(count)
        .toArray();
  }

  /** The blocks of the longest text, of which a shorter one has the first. */
  private int[][] old(MersenneTwister random, int blocks, int size) {
    int last = OLD_END > 2 * size ? OLD_END / size - 1 : blocks - 1;
    int[][] drawn = new int[blocks][count];
    for (int block = 1; block < blocks - 1; block++) {
      int[] open = open(block, blocks, last);
      drawn[block] = IntStream.of(random.shuffled(open)).limit(count).toArray();
    }
    return drawn;
  }

  /** Those that a block may get, in the code's own words: places in 1, 2, …, N − 2. */
  private static int[] open(int block, int blocks, int last) {
    int start = block - 2;
    IntStream places;
    if (block <= 2) places = IntStream.range(block + 1, last);
    else if (block >= blocks - 3) places = IntStream.range(0, last);
    else if (start > last) places = IntStream.range(0, last);
    else if (block + 1 == last) places = IntStream.range(0, start);
    else places = IntStream.concat(IntStream.range(0, start), IntStream.range(block + 1, last));
    return places.filter(place -> place < blocks - 2).map(place -> place + 1).toArray();
  }
}
