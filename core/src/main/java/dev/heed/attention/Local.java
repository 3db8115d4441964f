package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import java.util.List;

/**
 * Attention within the neighbourhood, in time and memory O(n·w) (windows: Luong et al. 2015,
 * section 3.2; blocks: Liu et al. 2018, section 4.2.4). Query i sees
 *
 * <pre>
 * window    j with |i − j| ≤ w
 * block     j with ⌊i/w⌋ = ⌊j/w⌋
 * lookback  j of its own block and of the one before it
 * </pre>
 */
public final class Local extends Pattern {
  /** The shape of a neighbourhood. */
  public enum Shape {
    WINDOW,
    BLOCK,
    LOOKBACK
  }

  /** Its options. */
  public record Options(
      @Doc("`window` around each token, `block`, or `lookback`: a block and the one before it")
          Shape shape,
      @Doc("w: tokens on each side, or of a block") int width)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("width", width);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      return new Local(this);
    }
  }

  private final Shape shape;
  private final int width;

  public Local(Options options) {
    this.shape = options.shape();
    this.width = options.width();
  }

  @Override
  boolean sees(int query, int key) {
    int back = query / width - key / width;
    return switch (shape) {
      case WINDOW -> Math.abs(query - key) <= width;
      case BLOCK -> back == 0;
      case LOOKBACK -> back == 0 || back == 1;
    };
  }

  @Override
  long padded(long length) {
    return Sizes.multiple(length, width);
  }

  @Override
  List<Part> layouts(long padded) {
    int before = shape == Shape.BLOCK ? 0 : 1;
    int after = shape == Shape.WINDOW ? 1 : 0;
    return List.of(new Part(Layout.blocks(width, before, after), (query, key) -> true));
  }
}
