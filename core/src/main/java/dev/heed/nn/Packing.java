package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Where the entries of padded rows stand when the rows are laid end to end step by step, the
 * longest first and without their padding: a recurrence over them sees no padding at all.
 */
public final class Packing {
  private final Tensor entries; // INT64 (N), where in (B·T) each packed entry is from
  private final Tensor places; // INT64 (B·T), where each is packed; N for padding
  private final Tensor sizes; // INT64 (steps), on the CPU: how many rows have such a step
  private final Tensor order; // INT64 (B), the rows, longest first
  private final Tensor back; // INT64 (B), where each row is in that order
  private final int width;

  private Packing(int[][] rows, int width, Device device) {
    int[] sorted =
        IntStream.range(0, rows.length)
            .boxed()
            .sorted(Comparator.comparing(row -> -rows[row].length))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] from = new int[Arrays.stream(rows).mapToInt(row -> row.length).sum()];
    int[] to = new int[rows.length * width];
    Arrays.fill(to, from.length);
    int[] counts = new int[rows[sorted[0]].length];
    int entry = 0;
    for (int step = 0; step < counts.length; step++)
      for (int row : sorted) {
        if (step >= rows[row].length) break;
        int place = row * width + rows[row][step];
        from[entry] = place;
        to[place] = entry++;
        counts[step]++;
      }
    int[] inverse = new int[sorted.length];
    for (int i = 0; i < sorted.length; i++) inverse[sorted[i]] = i;
    this.width = width;
    this.entries = Tensor.of(from, from.length).to(device);
    this.places = Tensor.of(to, to.length).to(device);
    this.sizes = Tensor.of(counts, counts.length);
    this.order = Tensor.of(sorted, sorted.length).to(device);
    this.back = Tensor.of(inverse, inverse.length).to(device);
  }

  /**
   * Packs rows (B, T).
   *
   * @param real BOOL (B, T), which entries are no padding, at least one in each row
   * @param backward whether the rows are read from their ends
   */
  public static Packing of(Tensor real, boolean backward) {
    int width = (int) real.size(1);
    long[] flags = real.to(Dtype.INT64).toLongs();
    int[][] rows = new int[flags.length / width][];
    for (int row = 0; row < rows.length; row++) {
      int at = row * width;
      int last = width - 1;
      rows[row] =
          IntStream.range(0, width)
              .map(t -> backward ? last - t : t)
              .filter(t -> flags[at + t] != 0)
              .toArray();
      if (rows[row].length == 0)
        throw new IllegalArgumentException("row " + row + " of the batch has no token");
    }
    return new Packing(rows, width, real.device());
  }

  /** (B, T, I) → (N, I). */
  Tensor pack(Tensor x) {
    return x.reshape(-1, x.size(2)).indexSelect(0, entries);
  }

  /** (N, H) → (B, T, H), 0 where padding is. */
  Tensor unpack(Tensor y) {
    Tensor padded = y.pad(0, 0, 0, 1); // (N + 1, H)
    return padded.indexSelect(0, places).view(back.size(0), width, y.size(1));
  }

  Tensor sizes() {
    return sizes;
  }

  /** States (B, …) in the order of the packed rows. */
  Tensor sort(Tensor states) {
    return states.indexSelect(0, order);
  }

  /** And back. */
  Tensor unsort(Tensor states) {
    return states.indexSelect(0, back);
  }
}
