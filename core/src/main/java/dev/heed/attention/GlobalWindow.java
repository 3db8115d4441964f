package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Longformer's pattern (Beltagy et al. 2020, section 3): a sliding window of w keys on each side, D
 * tokens apart, and global tokens, the first g, which all see and which see all:
 *
 * <pre>j ∈ S(i)  if  |i − j| ≤ w·D and (i − j) mod D = 0,  or j < g,  or i < g</pre>
 *
 * <p>Time and memory are O(n·(w + g)). Global queries go through the same projections as the rest;
 * the model {@code Longformer} has those of its own.
 */
public final class GlobalWindow extends Pattern {
  /** Its options. */
  public record Options(
      @Doc("w: keys seen on each side") int window,
      @Doc("D: how far apart they are") int dilation,
      @Doc("g: the first tokens, which see all and are seen by all") int globals)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("window", window);
      Sizes.positive("dilation", dilation);
      if (globals < 0)
        throw new IllegalArgumentException("globals must be at least 0, not " + globals);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, false, Traits.Complexity.LINEAR);
    }

    @Override
    public Kernel kernel(Place place) {
      return new GlobalWindow(this);
    }
  }

  private final Options o;
  private final List<Integer> globals;

  public GlobalWindow(Options options) {
    this(options, IntStream.range(0, options.globals()).boxed().toList());
  }

  GlobalWindow(Options options, List<Integer> globals) {
    this.o = options;
    this.globals = globals;
  }

  @Override
  List<Integer> globals() {
    return globals;
  }

  @Override
  boolean sees(int query, int key) {
    return globals.contains(key) || isNear(query, key);
  }

  private boolean isNear(int query, int key) {
    return Math.abs(query - key) <= o.window() * o.dilation() && (query - key) % o.dilation() == 0;
  }

  @Override
  long padded(long length) {
    return Sizes.multiple(length, (long) o.window() * o.dilation());
  }

  @Override
  List<Part> layouts(long padded) {
    Part near = new Part(dilated(), (query, key) -> !globals.contains(key));
    int[] seen = globals.stream().mapToInt(i -> i).filter(i -> i < padded).toArray();
    if (seen.length == 0) return List.of(near);
    Layout chosen = Layout.chosen(Tensor.of(seen, seen.length));
    return List.of(near, new Part(chosen, (query, key) -> globals.contains(key)));
  }

  /** Windows over the tokens of each residue modulo D. */
  private Layout dilated() {
    Layout blocks = Layout.blocks(o.window(), 1, 1);
    if (o.dilation() == 1) return blocks;
    Layout residues = Layout.strided(o.dilation()); // (…, D, N/D, d)
    UnaryOperator<Tensor> flat = x -> merged(blocks.queries().apply(residues.queries().apply(x)));
    UnaryOperator<Tensor> keys = x -> merged(blocks.keys().apply(residues.keys().apply(x)));
    return new Layout(
        flat, keys, x -> residues.back().apply(blocks.back().apply(split(x, o.dilation()))));
  }

  /** (…, D, G, C, d) → (…, D·G, C, d). */
  private static Tensor merged(Tensor x) {
    int at = x.dims() - 4;
    long[] shape = x.shape();
    long[] flat = new long[shape.length - 1];
    System.arraycopy(shape, 0, flat, 0, at);
    flat[at] = shape[at] * shape[at + 1];
    System.arraycopy(shape, at + 2, flat, at + 1, 2);
    return x.reshape(flat);
  }

  /** (…, D·G, C, d) → (…, D, G, C, d). */
  private static Tensor split(Tensor x, long first) {
    int at = x.dims() - 3;
    long[] shape = x.shape();
    long[] parts = new long[shape.length + 1];
    System.arraycopy(shape, 0, parts, 0, at);
    parts[at] = first;
    parts[at + 1] = shape[at] / first;
    System.arraycopy(shape, at + 1, parts, at + 2, 2);
    return x.reshape(parts);
  }
}
