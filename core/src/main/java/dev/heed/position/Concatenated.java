package dev.heed.position;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * [√(D−w) · E[token]; PE(position)]: sinusoids of width w stand beside the token's own vector of
 * width D − w instead of being added to it (Dufter, Schmitt and Schütze 2022, "Position Information
 * in Transformers: An Overview", section 3.1).
 */
public final class Concatenated extends Position {
  /** Its options. */
  public record Options(@Doc("features of D that positions have, which is even") int width)
      implements Position.Options {
    public Options {
      Sizes.positive("width", width);
      if (width % 2 != 0) throw new IllegalArgumentException("width must be even, not " + width);
    }

    @Override
    public Means means() {
      return Means.VECTORS;
    }

    @Override
    public int tokenSize(int d) {
      if (width >= d)
        throw new IllegalArgumentException(
            "position concatenated: width (%d) must be less than d (%d)".formatted(width, d));
      return d - width;
    }

    @Override
    public Position position(Stack stack) {
      return new Concatenated(stack.positions(), width);
    }
  }

  private final Sinusoidal sinusoids;

  public Concatenated(int positions, int width) {
    this.sinusoids = child("sinusoids", new Sinusoidal(positions, width, Sinusoidal.Order.SPLIT));
  }

  @Override
  public Tensor embed(Tensor tokens, double scale, Tensor places, long length) {
    Tensor own = super.embed(tokens, scale, places, length); // (B, T, D − w)
    Tensor table = sinusoids.forward(places, length).to(own.dtype()); // (B or 1, T, w)
    return Tensor.cat(2, List.of(own, table.expand(own.size(0), own.size(1), -1))); // (B, T, D)
  }
}
