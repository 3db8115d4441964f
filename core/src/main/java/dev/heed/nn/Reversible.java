package dev.heed.nn;

import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Two residual streams, of which each sublayer reads one and adds to the other, so that its inputs
 * can be computed back from its outputs (Gomez et al. 2017, "The Reversible Residual Network", eqs.
 * 6–8; Kitaev et al. 2020, section 3):
 *
 * <pre>
 * y₁ = x₁ + f(Norm(x₂));  y₂ = x₂ + g(Norm(y₁))
 * x₂ = y₂ − g(Norm(y₁));  x₁ = y₁ − f(Norm(x₂))
 * </pre>
 *
 * <p>A layer is a row of such halves, (a, b) → (b, a + f(Norm(b))), of which a decoder's has three.
 * A stack begins with its input in both streams and ends with their mean. In training, {@link
 * Recomputed} keeps nothing of what is between; the streams stand one after the other, (2·B, T, D).
 */
public final class Reversible extends Sublayers {
  private record Part(Norm norm, Branch branch) {}

  private final List<Part> parts = new ArrayList<>();

  /**
   * What is added to one stream by reading the other.
   *
   * @param layer whose half it is, and whose buffers it may change
   * @param added (B, T, D) → (B, T, D)
   */
  public record Half(Module layer, UnaryOperator<Tensor> added) {
    /** (2·B, T, D) → (2·B, T, D). */
    Tensor forward(Tensor streams) {
      Tensor second = stream(streams, 1);
      return both(second, stream(streams, 0).add(added.apply(second)));
    }
  }

  /**
   * @param names the sublayers'
   */
  public Reversible(List<String> names, Placement.Parts made) {
    for (String name : names) {
      Norm norm = child(name + ".norm", made.norm());
      parts.add(new Part(norm, child(name + ".branch", made.branch())));
    }
  }

  /** (B, T, D) → (2·B, T, D). */
  public static Tensor split(Tensor x) {
    return both(x, x);
  }

  /** (2·B, T, D) → (B, T, D). */
  public static Tensor merge(Tensor streams) {
    return stream(streams, 0).add(stream(streams, 1)).mul(0.5);
  }

  static Tensor both(Tensor first, Tensor second) {
    return Tensor.cat(0, List.of(first, second));
  }

  static Tensor stream(Tensor streams, int which) {
    long rows = streams.size(0) / 2;
    return streams.narrow(0, which * rows, rows);
  }

  /** (2·B, T, D) → (2·B, T, D), with all that gradients need kept as ever. */
  @Override
  public Tensor forward(Tensor x, Optional<Tensor> real, List<UnaryOperator<Tensor>> sublayers) {
    Tensor streams = x;
    for (Half half : halves(this, real, sublayers)) {
      Tensor before = streams;
      streams = Scope.within(() -> half.forward(before));
    }
    return streams;
  }

  /** The halves of a layer, of which this is a part. */
  public List<Half> halves(
      Module layer, Optional<Tensor> real, List<UnaryOperator<Tensor>> sublayers) {
    List<Half> halves = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      UnaryOperator<Tensor> sublayer = sublayers.get(i);
      halves.add(
          new Half(
              layer, x -> part.branch().forward(sublayer.apply(part.norm().forward(x, real)))));
    }
    return halves;
  }
}
