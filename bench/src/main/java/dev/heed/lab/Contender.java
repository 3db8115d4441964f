package dev.heed.lab;

import dev.heed.attention.Kernel;
import dev.heed.attention.Mechanism;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Mixer;
import dev.heed.attention.Place;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.attention.Traits;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A mechanism in one of its shapes.
 *
 * @param name the mechanism's, and the shape's where there are several
 * @param of the mechanism for sequences of a length
 */
record Contender(String name, IntFunction<Mechanism> of) {
  /** The explicit softmax(Q Kᵀ / √Dh) V, whatever the length. */
  static final String MATH = "scaled_dot_product math";

  /** Every mechanism, in the order of {@link Mechanisms}. */
  static List<Contender> all() {
    return Mechanisms.names().stream().flatMap(Contender::shapes).toList();
  }

  /**
   * All shapes of these mechanisms.
   *
   * @throws UserError if there is none of a name
   */
  static List<Contender> of(List<String> mechanisms) {
    mechanisms.forEach(name -> Mechanisms.of(Kind.of(name)));
    return mechanisms.stream().flatMap(Contender::shapes).toList();
  }

  static Contender named(String name) {
    return all().stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
  }

  private static Stream<Contender> shapes(String name) {
    return switch (name) {
      case "scaled_dot_product" ->
          Stream.of(
              new Contender(MATH, n -> new Explicit()),
              new Contender(name + " fused", n -> new Fused()));
      case "luong" ->
          Stream.of("general", "concat").map(score -> shape(name, score, Map.of("score", score)));
      case "local" ->
          Stream.of("window", "block").map(shape -> shape(name, shape, Map.of("shape", shape)));
      case "sparse_transformer" ->
          Stream.of("strided", "fixed")
              .map(
                  pattern ->
                      new Contender(
                          name + " " + pattern,
                          n ->
                              Mechanisms.of(
                                  new Kind(
                                      name,
                                      Map.of(
                                          "pattern",
                                          pattern,
                                          "stride",
                                          Math.max(4, (int) Math.sqrt(n)))))));
      case "synthesizer" ->
          Stream.of("dense", "random", "factorised_random")
              .map(way -> shape(name, way, Map.of("ways", List.of(way))));
      default -> Stream.of(new Contender(name, n -> Mechanisms.of(Kind.of(name))));
    };
  }

  private static Contender shape(String name, String shape, Map<String, Object> options) {
    return new Contender(name + " " + shape, n -> Mechanisms.of(new Kind(name, options)));
  }

  Traits traits() {
    return of.apply(1).traits();
  }

  /** Whether it computes, or approximates, dot-product attention of the same projections. */
  boolean isLikeDense() {
    return of.apply(1) instanceof Mechanism.OfKernel && (traits().exact() || !traits().scores());
  }

  /** What it does with projected queries and keys, if that is all in which it differs. */
  Optional<Kernel> kernel(Place place) {
    return of.apply(place.positions()) instanceof Mechanism.OfKernel mechanism
        ? Optional.of(mechanism.kernel(place))
        : Optional.empty();
  }

  /** Its self-attention without dropout. */
  Mixer mixer(Place place) {
    return kernel(place)
        .<Mixer>map(kernel -> new SelfAttention(place.d(), place.heads(), kernel, 0))
        .orElseGet(() -> of.apply(place.positions()).self(place));
  }

  private record Explicit() implements Mechanism.OfKernel {
    @Override
    public Traits traits() {
      return Traits.DENSE;
    }

    @Override
    public Kernel kernel(Place place) {
      return new Dense() {
        @Override
        public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
          return weights(q, k, mask).matmul(v);
        }
      };
    }
  }

  private record Fused() implements Mechanism.OfKernel {
    @Override
    public Traits traits() {
      return Traits.DENSE;
    }

    @Override
    public Kernel kernel(Place place) {
      return new Dense() {
        @Override
        public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
          return Tensor.fusedAttention(
              q,
              k,
              v,
              mask.allowed(q.size(2), k.size(2), q.device()),
              false,
              1 / Math.sqrt(q.size(3)));
        }
      };
    }
  }

  private abstract static class Dense extends Kernel {
    private final ScaledDotProduct dot = child("dot", new ScaledDotProduct());

    @Override
    public Tensor weights(Tensor q, Tensor k, Mask mask) {
      return dot.weights(q, k, mask);
    }
  }
}
