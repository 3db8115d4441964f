package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/** Which cached entries each hypothesis descends from; all layers share one. */
public final class Ancestry {
  private final int beams;
  private final int capacity;
  private final Device device;
  private int[][] ancestors; // [row·beams + hypothesis][step] = the hypothesis of that step
  private int steps;
  private Mask mask = Mask.NONE;

  public Ancestry(int rows, int beams, int capacity, Device device) {
    this.beams = beams;
    this.capacity = capacity;
    this.device = device;
    this.ancestors = new int[rows * beams][capacity];
  }

  /** Opens the next step: hypothesis i now extends {@code parents[i]} of its row. */
  public void advance(int[] parents) {
    if (steps == capacity)
      throw new IllegalStateException("the cache holds " + capacity + " steps and is full");
    int[][] next = new int[ancestors.length][];
    for (int i = 0; i < next.length; i++) {
      int row = i / beams;
      next[i] = ancestors[row * beams + parents[i]].clone();
      next[i][steps] = i % beams;
    }
    ancestors = next;
    steps++;
    mask = beams == 1 ? Mask.NONE : Mask.ofFullRows(allowed());
  }

  /** BOOL (R, 1, beams, beams·t). */
  private Tensor allowed() {
    int entries = beams * steps;
    boolean[] allowed = new boolean[ancestors.length * entries];
    for (int i = 0; i < ancestors.length; i++)
      for (int t = 0; t < steps; t++) allowed[i * entries + t * beams + ancestors[i][t]] = true;
    return Tensor.of(allowed, rows(), 1, beams, entries).to(device);
  }

  /** Goes on with these rows alone. */
  public void keep(int[] rows) {
    int[][] kept = new int[rows.length * beams][];
    for (int i = 0; i < kept.length; i++) kept[i] = ancestors[rows[i / beams] * beams + i % beams];
    ancestors = kept;
  }

  public int rows() {
    return ancestors.length / beams;
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
