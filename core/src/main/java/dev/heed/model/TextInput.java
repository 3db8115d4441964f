package dev.heed.model;

import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What an encoder of text reads.
 *
 * @param ids INT64 (B, T)
 * @param real BOOL (B, T), which ids are no padding; empty if all are
 * @param segments INT64 (B, T), which of two texts an id belongs to; empty if there is one
 */
public record TextInput(Tensor ids, Optional<Tensor> real, Optional<Tensor> segments) {
  public static TextInput of(Tensor ids) {
    return new TextInput(ids, Optional.empty(), Optional.empty());
  }

  /** So many tokens before each text, of the first segment; their ids mean nothing. */
  TextInput after(int tokens) {
    if (tokens == 0) return this;
    long rows = ids.size(0);
    Tensor any = ids.narrow(1, 0, 1).expand(rows, tokens); // no padding
    return new TextInput(
        Tensor.cat(1, List.of(any, ids)),
        real.map(r -> Tensor.cat(1, List.of(ones(rows, tokens), r))),
        segments.map(
            s -> Tensor.cat(1, List.of(ones(rows, tokens).logicalNot().to(s.dtype()), s))));
  }

  private Tensor ones(long rows, long columns) {
    return Tensor.full(1, Dtype.BOOL, device(), rows, columns);
  }

  public long length() {
    return ids.size(1);
  }

  public Device device() {
    return ids.device();
  }

  /** Every token may attend to what is real. */
  public Mask mask() {
    return real.map(Mask::padding).orElse(Mask.NONE);
  }

  /** INT64 (1, T): 0, 1, …, T−1. */
  public Tensor positions() {
    return Tensor.arange(length(), device()).unsqueeze(0);
  }

  /** INT64 (B, 1): where each text first has an id; 0 if it lacks it. */
  Tensor first(int id) {
    Tensor before = ids.eq(id).to(Dtype.INT64).cumsum(1).eq(0).to(Dtype.INT64).sum(1); // (B)
    return before.maskedFill(before.ge(length()), 0).unsqueeze(1);
  }

  /** The segments, 0 where none are given. */
  public Tensor segmentIds() {
    return segments.orElseGet(() -> Tensor.zeros(Dtype.INT64, device(), ids.shape()));
  }
}
