package dev.heed.position;

import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/**
 * One trained vector for each position, where padding isn't counted (RoBERTa, Liu et al. 2019, as
 * Hugging Face has it): the first token of a text stands at pad + 1, and padding at pad.
 */
public final class Counted extends Module implements Places {
  private final Tensor weight; // (N, D)
  private final int pad;
  private int shift;

  /**
   * @param rows N, of which those up to {@code pad} are of no token
   * @param pad the padding's id
   */
  public Counted(int rows, int size, int pad) {
    this.weight = parameter("weight", Init.normal(1 / Math.sqrt(size), rows, size));
    this.pad = pad;
  }

  /**
   * INT64 ids (B, T) → (B, T, D).
   *
   * @throws dev.heed.config.UserError if T is more than there are positions
   */
  public Tensor forward(Tensor ids) {
    Sinusoidal.check(ids.size(1) + shift, weight.size(0) - pad - 1);
    Tensor counts = ids.ne(pad).to(Dtype.INT64); // (B, T), 0 for padding
    Tensor places = counts.cumsum(1).add(shift).mul(counts).add(pad).to(Dtype.INT64);
    return weight.embedding(places, pad); // (B, T, D)
  }

  @Override
  public void shift(int by) {
    shift = by;
  }
}
