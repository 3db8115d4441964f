package dev.heed.position;

import dev.heed.nn.Init;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** One trained vector for each position (Gehring et al. 2017, section 3.1). */
public final class Learned extends Position implements Places {
  /** Its options: none. */
  public record Options() implements Position.Options {
    @Override
    public Means means() {
      return Means.VECTORS;
    }

    @Override
    public Position position(Stack stack) {
      return new Learned(stack.positions(), stack.d());
    }
  }

  private final Tensor weight; // (N + offset, D)
  private final int offset;
  private int shift;

  public Learned(int positions, int size) {
    this(positions, size, 0);
  }

  /** Vectors that begin as given, (N, D). */
  public Learned(Tensor initial) {
    this.weight = parameter("weight", initial);
    this.offset = 0;
  }

  /**
   * @param offset rows before that of position 0, which some models keep unused
   */
  public Learned(int positions, int size, int offset) {
    this.weight = parameter("weight", Init.normal(0.02, (long) positions + offset, size));
    this.offset = offset;
  }

  /**
   * INT64 places (B or 1, T) → (B or 1, T, D).
   *
   * @param length one more than the greatest place
   * @throws dev.heed.config.UserError if it is more than there are positions
   */
  public Tensor forward(Tensor places, long length) {
    long positions = weight.size(0) - offset;
    Sinusoidal.check(length + shift, positions);
    Tensor rows = weight.narrow(0, offset, positions);
    return rows.embedding(shift == 0 ? places : places.add(shift).to(Dtype.INT64), -1);
  }

  @Override
  public Tensor embed(Tensor tokens, double scale, Tensor places, long length) {
    return forward(places, length).add(tokens, scale);
  }

  @Override
  public void shift(int by) {
    shift = by;
  }
}
