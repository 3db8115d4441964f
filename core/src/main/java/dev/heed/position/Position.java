package dev.heed.position;

import dev.heed.nn.Module;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * How a stack of layers is told where its tokens stand: by their vectors, by turning queries and
 * keys, or by something added to the scores of self-attention. {@link Positions} has them by name.
 * B batch, T tokens of a pass, S keys.
 */
public abstract class Position extends Module {
  /** What tells of positions. */
  public enum Means {
    VECTORS,
    ROTATION,
    SCORES
  }

  /**
   * The stack that is to be told.
   *
   * @param d model width D
   * @param heads H, which divides D
   * @param positions the longest sequence, in tokens
   * @param causal whether tokens don't see those after them
   */
  public record Stack(int d, int heads, int positions, boolean causal) {
    /** Dh. */
    public int headSize() {
      return d / heads;
    }
  }

  /** A way of telling with its options, before the sizes of the model are known. */
  public interface Options {
    Means means();

    /**
     * @throws IllegalArgumentException if the options don't fit the stack
     */
    Position position(Stack stack);

    /** The width of tokens' own vectors where the model's is D. */
    default int tokenSize(int d) {
      return d;
    }
  }

  /**
   * What the first layer reads, (B, T, D).
   *
   * @param tokens (B, T, D), or narrower where positions have features of their own
   * @param scale to multiply them with
   * @param places INT64 (B or 1, T)
   * @param length one more than the greatest place
   */
  public Tensor embed(Tensor tokens, double scale, Tensor places, long length) {
    return scale == 1 ? tokens : tokens.mul(scale);
  }

  /** How far queries and keys at these places are turned. */
  public Optional<Rotation> rotation(Tensor places, long length, Dtype dtype) {
    return Optional.empty();
  }

  /**
   * What is added to the scores, (B or 1, H, T or 1, S).
   *
   * @param queries INT64 places (B or 1, T)
   * @param keys INT64 places (B or 1, S)
   * @param length one more than the greatest place
   */
  public Optional<Tensor> scores(Tensor queries, Tensor keys, long length, Dtype dtype) {
    return Optional.empty();
  }
}
