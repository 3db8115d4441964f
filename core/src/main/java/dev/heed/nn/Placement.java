package dev.heed.nn;

import java.util.List;
import java.util.function.Supplier;

/** Where the sublayers of a layer are normalised, and how they join the residual stream. */
public enum Placement {
  /** After each residual, as published: {@link PostNorm}. */
  POST,
  /** Before each sublayer: {@link PreNorm}. */
  PRE,
  /** Before and after each sublayer: {@link SandwichNorm}. */
  SANDWICH,
  /** After each residual, whose stream weighs more: {@link DeepNorm}. */
  DEEPNORM,
  /** Once, before all sublayers: {@link InParallel}. */
  PARALLEL,
  /** Before each sublayer of two streams: {@link Reversible}. */
  REVERSIBLE;

  /**
   * What a layer's residuals are made of.
   *
   * @param norms makes a norm
   * @param branches makes a branch
   * @param alpha {@link DeepNorm}'s
   */
  public record Parts(Supplier<Norm> norms, Supplier<Branch> branches, double alpha) {
    Norm norm() {
      return norms.get();
    }

    Branch branch() {
      return branches.get();
    }
  }

  /** Whether a stack ends with a norm of its own, since its layers don't. */
  public boolean endsWithNorm() {
    return this != POST && this != DEEPNORM;
  }

  /**
   * One layer's.
   *
   * @param names of its sublayers
   */
  public Sublayers of(List<String> names, Parts parts) {
    return switch (this) {
      case POST -> new InTurn(names, () -> new PostNorm(parts));
      case PRE -> new InTurn(names, () -> new PreNorm(parts));
      case SANDWICH -> new InTurn(names, () -> new SandwichNorm(parts));
      case DEEPNORM -> new InTurn(names, () -> new DeepNorm(parts));
      case PARALLEL -> new InParallel(names, parts);
      case REVERSIBLE -> new Reversible(names, parts);
    };
  }
}
