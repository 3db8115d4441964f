package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The tokens that vectors (B, N, D) stand for.
 *
 * @param ids INT64 (B, N)
 * @param real BOOL (B, N), which are no padding; empty if all are real. Most layers never ask.
 */
public record Tokens(Tensor ids, Supplier<Optional<Tensor>> real) {
  /**
   * @param real BOOL (B, N), which are no padding; empty if all are real
   */
  public static Tokens of(Tensor ids, Optional<Tensor> real) {
    return new Tokens(ids, () -> real);
  }
}
