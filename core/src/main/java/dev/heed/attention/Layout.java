package dev.heed.attention;

import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A way to lay out a sequence so that a sparse pattern becomes G dense products: the queries of a
 * group meet the keys of that group alone. N tokens, a multiple of what the layout cuts them into.
 *
 * @param queries (…, N, d) → (…, G, C, d): the C queries of each group
 * @param keys (…, N, d) → (…, G, W, d): the W keys that they meet
 * @param back (…, G, C, d) → (…, N, d)
 */
record Layout(
    UnaryOperator<Tensor> queries, UnaryOperator<Tensor> keys, UnaryOperator<Tensor> back) {

  /**
   * Blocks of C tokens, which meet the {@code before} blocks before their own, their own, and the
   * {@code after} after it; what lies outside the sequence is filled with 0.
   */
  static Layout blocks(long length, int before, int after) {
    return new Layout(
        x -> cut(x, length),
        x -> {
          int places = x.dims() - 2;
          Tensor padded = x.pad(0, 0, before * length, after * length);
          long groups = x.size(places) / length;
          Tensor[] near = new Tensor[before + 1 + after];
          for (int i = 0; i < near.length; i++)
            near[i] = cut(padded.narrow(places, i * length, groups * length), length);
          return Tensor.cat(places + 1, List.of(near)); // (…, G, W, d)
        },
        Layout::join);
  }

  /** Tokens a {@code stride} apart meet each other: G = stride groups of N/stride tokens. */
  static Layout strided(long stride) {
    UnaryOperator<Tensor> columns =
        x -> {
          int places = x.dims() - 2;
          return cut(x, stride).transpose(places, places + 1); // (…, stride, N/stride, d)
        };
    return new Layout(columns, columns, x -> join(x.transpose(x.dims() - 3, x.dims() - 2)));
  }

  /** All tokens meet the last {@code kept} of every block of {@code length}. */
  static Layout summaries(long length, long kept) {
    return new Layout(
        x -> x.unsqueeze(x.dims() - 2), // (…, 1, N, d)
        x ->
            join(cut(x, length).narrow(x.dims() - 1, length - kept, kept))
                .unsqueeze(x.dims() - 2), // (…, 1, N/length·kept, d)
        Layout::join);
  }

  /** All tokens meet those at an INT64 vector of places. */
  static Layout chosen(Tensor places) {
    return new Layout(
        x -> x.unsqueeze(x.dims() - 2), // (…, 1, N, d)
        x ->
            x.indexSelect(x.dims() - 2, places.to(x.device()))
                .unsqueeze(x.dims() - 2), // (…, 1, places, d)
        Layout::join);
  }

  /**
   * Blocks of C tokens, each of which meets R others.
   *
   * @param others INT64 (G·R), the numbers of these blocks
   */
  static Layout picked(long length, Tensor others) {
    return new Layout(
        x -> cut(x, length),
        x -> {
          int groups = x.dims() - 2;
          Tensor blocks = cut(x, length); // (…, G, C, d)
          long width = others.size(0) / blocks.size(groups) * length;
          Tensor all = join(blocks.indexSelect(groups, others.to(x.device()))); // (…, G·R·C, d)
          return cut(all, width); // (…, G, R·C, d)
        },
        Layout::join);
  }

  /** (…, N, d) → (…, N/length, length, d). */
  private static Tensor cut(Tensor x, long length) {
    long[] shape = x.shape();
    long[] parts = Arrays.copyOf(shape, shape.length + 1);
    parts[shape.length - 2] = shape[shape.length - 2] / length;
    parts[shape.length - 1] = length;
    parts[shape.length] = shape[shape.length - 1];
    return x.reshape(parts);
  }

  /** (…, G, C, d) → (…, G·C, d). */
  private static Tensor join(Tensor x) {
    long[] shape = x.shape();
    long[] whole = Arrays.copyOf(shape, shape.length - 1);
    whole[whole.length - 2] = shape[shape.length - 3] * shape[shape.length - 2];
    whole[whole.length - 1] = shape[shape.length - 1];
    return x.reshape(whole);
  }
}
