package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * BigBird's pattern (Zaheer et al. 2020, section 2 and appendix D, internal global tokens), in
 * blocks of s tokens: block I sees J if
 *
 * <pre>|I − J| ≤ (w − 1)/2,  or J or I is global,  or J ∈ random(I)</pre>
 *
 * <p>Time and memory are O(n·s·(w + g + r)). Global are the first g blocks. Chance picks up to r of
 * the blocks before I's window and up to r of as many after it as are before it: so the pattern of
 * a text is part of that of a longer one, and neither padding nor what a decoder has yet to write
 * changes what a token sees. All heads and layers of a model share it. The model {@code BigBird}
 * draws its blocks as its published code does.
 */
public final class BigBirdPattern extends Pattern {
  /** Its options. */
  public record Options(
      @Doc("s: tokens of a block") int block,
      @Doc("w: blocks seen around a token's own and with it, an odd number") int window,
      @Doc("g: the first blocks, which see all and are seen by all") int globals,
      @Doc("r: random blocks seen before the window, and after it") int random,
      @Doc("of the random blocks") int seed)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("block", block);
      if (window < 1 || window % 2 == 0)
        throw new IllegalArgumentException("window must be an odd number, not " + window);
      if (globals < 0)
        throw new IllegalArgumentException("globals must be at least 0, not " + globals);
      if (random < 0)
        throw new IllegalArgumentException("random must be at least 0, not " + random);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      return new BigBirdPattern(this, place.causal());
    }

    private int side() {
      return window / 2;
    }

    /** Of block I: different ones, neither global nor in its window. */
    private int[] drawn(int block, boolean causal) {
      SplittableRandom chance = new SplittableRandom(31L * seed + block);
      int[] before = drawn(chance, IntStream.range(globals, block - side()).toArray());
      int next = Math.max(globals, block + side() + 1);
      int[] after = drawn(chance, IntStream.rangeClosed(next, 2 * block).toArray());
      return causal
          ? before
          : IntStream.concat(Arrays.stream(before), Arrays.stream(after)).toArray();
    }

    /** r of the candidates, or all: the first of a shuffle (Fisher and Yates). */
    private int[] drawn(SplittableRandom chance, int[] from) {
      int count = Math.min(random, from.length);
      for (int i = 0; i < count; i++) {
        int other = chance.nextInt(i, from.length);
        int held = from[i];
        from[i] = from[other];
        from[other] = held;
      }
      return Arrays.copyOf(from, count);
    }
  }

  private final int size; // s
  private final int side; // blocks on each side
  private final int[] globals; // blocks
  private final List<Integer> globalTokens;
  private final IntFunction<int[]> random;
  private final Map<Integer, int[]> known = new HashMap<>();

  public BigBirdPattern(Options options, boolean causal) {
    this(
        options.block(),
        options.side(),
        IntStream.range(0, options.globals()).toArray(),
        block -> options.drawn(block, causal));
  }

  /**
   * @param random the blocks that chance has chosen for each
   */
  BigBirdPattern(int size, int side, int[] globals, IntFunction<int[]> random) {
    this.size = size;
    this.side = side;
    this.globals = globals;
    this.globalTokens =
        Arrays.stream(globals)
            .flatMap(block -> IntStream.range(block * size, (block + 1) * size))
            .boxed()
            .toList();
    this.random = random;
  }

  @Override
  List<Integer> globals() {
    return globalTokens;
  }

  @Override
  boolean sees(int query, int key) {
    return isNear(query, key) || isGlobal(key) || isRandom(query, key);
  }

  private boolean isNear(int query, int key) {
    return Math.abs(query / size - key / size) <= side;
  }

  private boolean isGlobal(int token) {
    return contains(globals, token / size);
  }

  private boolean isRandom(int query, int key) {
    return contains(chosen(query / size), key / size);
  }

  private int[] chosen(int block) {
    return known.computeIfAbsent(block, random::apply);
  }

  private static boolean contains(int[] blocks, int block) {
    for (int each : blocks) if (each == block) return true;
    return false;
  }

  @Override
  long padded(long length) {
    return Sizes.multiple(length, size);
  }

  @Override
  List<Part> layouts(long padded) {
    List<Part> parts = new ArrayList<>();
    parts.add(new Part(Layout.blocks(size, side, side), (query, key) -> !isGlobal(key)));
    int[] all = globalTokens.stream().mapToInt(i -> i).filter(i -> i < padded).toArray();
    if (all.length > 0)
      parts.add(new Part(Layout.chosen(Tensor.of(all, all.length)), (query, key) -> isGlobal(key)));
    int[] others = others((int) (padded / size));
    if (others.length > 0)
      parts.add(
          new Part(
              Layout.picked(size, Tensor.of(others, others.length)),
              (query, key) -> !isNear(query, key) && !isGlobal(key)));
    return parts;
  }

  /**
   * (blocks · R) what each sees by chance alone; one that sees fewer has itself instead, which it
   * sees anyway.
   */
  private int[] others(int blocks) {
    int[][] rows = new int[blocks][];
    for (int i = 0; i < blocks; i++) {
      int block = i;
      rows[i] =
          Arrays.stream(chosen(block))
              .filter(j -> j < blocks && Math.abs(j - block) > side && !contains(globals, j))
              .distinct()
              .toArray();
    }
    int width = Arrays.stream(rows).mapToInt(row -> row.length).max().orElse(0);
    int[] flat = new int[blocks * width];
    for (int i = 0; i < flat.length; i++) {
      int[] row = rows[i / width];
      flat[i] = i % width < row.length ? row[i % width] : i / width;
    }
    return flat;
  }
}
