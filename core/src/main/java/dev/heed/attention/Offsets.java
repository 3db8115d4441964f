package dev.heed.attention;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * How far keys stand behind (below 0) and before (above 0) queries. B batch, H heads, T queries, S
 * keys; P is B, or 1 where all rows are alike.
 */
final class Offsets {
  private Offsets() {}

  /** INT64 (P, T, S): j − i for query i and key j of a pass. */
  static Tensor of(Pass pass) {
    return pass.keyPositions().unsqueeze(1).sub(pass.positions().unsqueeze(2));
  }

  /** The same, (1, T, S), for queries that stand at the last places of the keys. */
  static Tensor of(long queries, long keys, Device device) {
    Tensor places = Tensor.arange(keys, device); // (S)
    return places
        .unsqueeze(0)
        .sub(places.narrow(0, keys - queries, queries).unsqueeze(1))
        .unsqueeze(0);
  }

  /** Integers plus one integer, not below {@code least} nor above {@code most}. */
  static Tensor within(Tensor integers, long plus, long least, long most) {
    return integers
        .add(Tensor.of(new long[] {plus}, 1).to(integers.device()))
        .clamp((double) least, (double) most)
        .to(Dtype.INT64);
  }

  /**
   * What each query says of N classes of keys, (B, H, T, N), by the class (P, T, S) of each key.
   */
  static Tensor pick(Tensor all, Tensor classes) {
    return all.gather(
        3,
        classes
            .unsqueeze(1)
            .expand(all.size(0), all.size(1), all.size(2), classes.size(2))); // (B, H, T, S)
  }

  /** The columns of (B or P, H, T, N) at which the keys of a pass stand: (B or P, H, T, S). */
  static Tensor columns(Tensor all, Pass pass) {
    Tensor keys = pass.keyPositions().unsqueeze(1); // (P, 1, S)
    return pick(all, keys.expand(-1, all.size(2), -1));
  }
}
