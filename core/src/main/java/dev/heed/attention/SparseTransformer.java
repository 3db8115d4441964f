package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import java.util.List;

/**
 * The factorised patterns of the Sparse Transformer (Child et al. 2019, section 4.3), in time and
 * memory O(n√n) for l ≈ √n. Each query sees what either of two steps would:
 *
 * <pre>
 * strided  A₁ = {j : i − l ≤ j ≤ i}              A₂ = {j : (i − j) mod l = 0}
 * fixed    A₁ = {j : ⌊j/l⌋ = ⌊i/l⌋}              A₂ = {j : j mod l ∈ {l − c, …, l − 1}}
 * </pre>
 *
 * <p>In an encoder the patterns reach as far forward as they do back.
 */
public final class SparseTransformer extends Pattern {
  /** Which of the two patterns. */
  public enum Kind {
    STRIDED,
    FIXED
  }

  /** Its options. */
  public record Options(
      @Doc("`strided`, or `fixed` in which the last tokens of each block stand for it")
          Kind pattern,
      @Doc("l: the stride, or the length of a block; about √n") int stride,
      @Doc("c: how many tokens stand for a block of `fixed`") int summaries)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("stride", stride);
      if (summaries < 1 || summaries > stride)
        throw new IllegalArgumentException(
            "summaries must be at least 1 and at most the stride (%d), not %d"
                .formatted(stride, summaries));
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, false, Traits.Complexity.ROOT);
    }

    @Override
    public Kernel kernel(Place place) {
      return new SparseTransformer(this);
    }
  }

  /** Which of A₁ and A₂ a head follows (section 4.3: one each, or their union in every head). */
  enum Step {
    FIRST,
    SECOND,
    BOTH
  }

  private final Options options;
  private final Step step;
  private final int l;

  public SparseTransformer(Options options) {
    this(options, Step.BOTH);
  }

  SparseTransformer(Options options, Step step) {
    this.options = options;
    this.step = step;
    this.l = options.stride();
  }

  @Override
  boolean sees(int query, int key) {
    return switch (step) {
      case FIRST -> inFirst(query, key);
      case SECOND -> inSecond(query, key);
      case BOTH -> inFirst(query, key) || inSecond(query, key);
    };
  }

  private boolean inFirst(int query, int key) {
    return options.pattern() == Kind.STRIDED ? Math.abs(query - key) <= l : query / l == key / l;
  }

  private boolean inSecond(int query, int key) {
    return options.pattern() == Kind.STRIDED
        ? (query - key) % l == 0
        : key % l >= l - options.summaries();
  }

  @Override
  long padded(long length) {
    return Sizes.multiple(length, l);
  }

  @Override
  List<Part> layouts(long padded) {
    boolean strided = options.pattern() == Kind.STRIDED;
    Layout near = strided ? Layout.blocks(l, 1, 1) : Layout.blocks(l, 0, 0);
    Layout far = strided ? Layout.strided(l) : Layout.summaries(l, options.summaries());
    return List.of(
        new Part(near, this::inFirst), new Part(far, (query, key) -> !inFirst(query, key)));
  }
}
