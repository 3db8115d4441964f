package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.Arrays;

/** Which cached entries each hypothesis descends from; all layers share one. */
public final class Ancestry {
  private final int beams;
  private final int capacity;
  private final Device device;
  private int rows;
  private int[][] ancestors; // [row·hypotheses + hypothesis][step] = a place in the cache
  private int steps;
  private int entries; // of a row of the cache
  private Mask mask = Mask.NONE;

  /**
   * @param beams the most hypotheses of a row
   * @param capacity the most steps
   */
  public Ancestry(int rows, int beams, int capacity, Device device) {
    this.rows = rows;
    this.beams = beams;
    this.capacity = capacity;
    this.device = device;
    this.ancestors = new int[rows][0];
  }

  /**
   * Opens the next step: hypothesis i now extends {@code parents[i]} of its row. Their number may
   * change from step to step.
   */
  public void advance(int[] parents) {
    if (steps == capacity)
      throw new IllegalStateException("the cache holds " + capacity + " steps and is full");
    int before = ancestors.length / rows;
    int now = parents.length / rows;
    int[][] next = new int[parents.length][];
    for (int i = 0; i < next.length; i++) {
      next[i] = Arrays.copyOf(ancestors[i / now * before + parents[i]], steps + 1);
      next[i][steps] = entries + i % now;
    }
    ancestors = next;
    steps++;
    entries += now;
    mask = entries == steps ? Mask.NONE : Mask.ofFullRows(allowed(now));
  }

  /** BOOL (R, 1, hypotheses, entries). */
  private Tensor allowed(int hypotheses) {
    boolean[] allowed = new boolean[ancestors.length * entries];
    for (int i = 0; i < ancestors.length; i++)
      for (int entry : ancestors[i]) allowed[i * entries + entry] = true;
    return Tensor.of(allowed, rows, 1, hypotheses, entries).to(device);
  }

  /** Goes on with these rows alone. */
  public void keep(int[] rows) {
    int hypotheses = ancestors.length / this.rows;
    int[][] kept = new int[rows.length * hypotheses][];
    for (int i = 0; i < kept.length; i++)
      kept[i] = ancestors[rows[i / hypotheses] * hypotheses + i % hypotheses];
    ancestors = kept;
    this.rows = rows.length;
  }

  public int rows() {
    return rows;
  }

  public int beams() {
    return beams;
  }

  public int capacity() {
    return capacity;
  }

  /** Steps taken. */
  public int steps() {
    return steps;
  }

  Mask mask() {
    return mask;
  }
}
