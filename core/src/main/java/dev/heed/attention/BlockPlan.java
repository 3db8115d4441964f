package dev.heed.attention;

import dev.heed.nn.Sizes;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which of N blocks of keys each block of queries sees (Zaheer et al. 2020, section 2): those near
 * it, the global ones, and some that chance has chosen; a global block sees all. G blocks are
 * global; the other R see at most M each. H is 1 where all heads see the same.
 */
final class BlockPlan {
  private final int blocks; // N
  private final int[] global; // (G)
  private final int[] others; // (R)
  private final int[][][] seen; // (H, R, at most M)
  private final int width; // M

  /**
   * @param window blocks that one sees around itself, an odd number
   * @param global blocks that see all and that all see
   * @param random (H, N, …): further blocks that each sees; one that it sees anyway weighs twice
   */
  BlockPlan(int window, int[] global, int[][][] random) {
    this.blocks = random[0].length;
    this.global = global;
    Set<Integer> all = Arrays.stream(global).boxed().collect(Collectors.toSet());
    this.others = IntStream.range(0, blocks).filter(block -> !all.contains(block)).toArray();
    Sizes.positive("blocks that aren't global", others.length);
    int side = window / 2;
    this.seen =
        Arrays.stream(random)
            .map(
                head ->
                    Arrays.stream(others)
                        .mapToObj(block -> seen(block, side, head[block]))
                        .toArray(int[][]::new))
            .toArray(int[][][]::new);
    this.width =
        Arrays.stream(seen).flatMap(Arrays::stream).mapToInt(keys -> keys.length).max().orElse(0);
  }

  private int[] seen(int block, int side, int[] random) {
    IntStream near =
        IntStream.rangeClosed(Math.max(0, block - side), Math.min(blocks - 1, block + side));
    IntStream sure = IntStream.concat(near, Arrays.stream(global)).distinct();
    return IntStream.concat(sure, Arrays.stream(random)).toArray();
  }

  int blocks() {
    return blocks;
  }

  int globals() {
    return global.length;
  }

  /** INT64 (N): the global blocks, then the others. */
  Tensor order(Device device) {
    return Tensor.of(order(), blocks).to(device);
  }

  private int[] order() {
    return IntStream.concat(Arrays.stream(global), Arrays.stream(others)).toArray();
  }

  /** INT64 (N): where each block stands in {@link #order}. */
  Tensor places(Device device) {
    int[] order = order();
    int[] places = new int[blocks];
    for (int i = 0; i < blocks; i++) places[order[i]] = i;
    return Tensor.of(places, blocks).to(device);
  }

  /** INT64 (H, R, M): what the blocks that aren't global see; 0 where one sees less than M. */
  Tensor seen(Device device) {
    int[] flat =
        Arrays.stream(seen)
            .flatMap(Arrays::stream)
            .flatMapToInt(keys -> Arrays.stream(Arrays.copyOf(keys, width)))
            .toArray();
    return Tensor.of(flat, seen.length, others.length, width).to(device);
  }

  /** BOOL (H, R, M): whether there is a block at all. */
  Tensor there(Device device) {
    boolean[] flat = new boolean[seen.length * others.length * width];
    int row = 0;
    for (int[][] head : seen)
      for (int[] keys : head) {
        Arrays.fill(flat, row * width, row * width + keys.length, true);
        row++;
      }
    return Tensor.of(flat, seen.length, others.length, width).to(device);
  }

  /** FLOAT32 (H, N, N): how often each block of queries sees each block of keys. */
  Tensor counts(Device device) {
    float[] counts = new float[seen.length * blocks * blocks];
    for (int head = 0; head < seen.length; head++) {
      int start = head * blocks * blocks;
      for (int block : global)
        Arrays.fill(counts, start + block * blocks, start + (block + 1) * blocks, 1);
      for (int row = 0; row < others.length; row++)
        for (int key : seen[head][row]) counts[start + others[row] * blocks + key]++;
    }
    return Tensor.of(counts, seen.length, blocks, blocks).to(device);
  }
}
