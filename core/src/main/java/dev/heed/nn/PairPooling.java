package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.stream.LongStream;

/**
 * Halves a sequence by making one of every two neighbours (Dai et al. 2020, section 2.2); an odd
 * last one stays alone.
 *
 * @param kind what the two make
 * @param separateFirst the first, which stands for the whole text, is paired with nothing
 * @param truncate then leaves the last out, so that even lengths stay even
 */
public record PairPooling(Kind kind, boolean separateFirst, boolean truncate) {
  /** What two vectors make. */
  public enum Kind {
    MEAN,
    MAX
  }

  /** (B, T, D) → (B, T', D). */
  public Tensor vectors(Tensor x) {
    Tensor pairs = pairs(x); // (B, T', 2, D)
    return kind == Kind.MEAN ? pairs.mean(2) : pairs.amax(2);
  }

  /** Ids (B, T) → (B, T'): the former of each two. */
  public Tensor former(Tensor ids) {
    return pairs(ids).select(2, 0);
  }

  /** BOOL (B, T) → (B, T'): whether both are true. */
  public Tensor both(Tensor real) {
    return pairs(real).logicalNot().any(-1).squeeze(-1).logicalNot();
  }

  /** (B, T, …) → (B, T', 2, …). */
  private Tensor pairs(Tensor x) {
    long length = x.size(1);
    LongStream first = separateFirst ? LongStream.of(0) : LongStream.empty();
    long end = separateFirst && truncate ? length - 1 : length;
    long[] one = LongStream.concat(first, LongStream.range(0, end)).toArray();
    long halves = (one.length + 1) / 2;
    long[] even =
        LongStream.range(0, 2 * halves).map(i -> one[(int) Math.min(i, one.length - 1)]).toArray();
    Tensor chosen = x.indexSelect(1, Tensor.of(even, even.length).to(x.device()));
    return x.dims() == 2
        ? chosen.view(x.size(0), halves, 2)
        : chosen.view(x.size(0), halves, 2, x.size(2));
  }
}
