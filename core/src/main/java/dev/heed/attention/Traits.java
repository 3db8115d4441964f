package dev.heed.attention;

/**
 * What a mechanism can do.
 *
 * @param causal whether a token can be kept from those after it, as in a decoder; a step of
 *     decoding then gives what a pass over the whole gives
 * @param cross whether its queries may be of another sequence than its keys
 * @param exact whether it computes what softmax attention over all pairs does
 * @param overKeys whether its weights are a distribution over the keys (B, H, T, S)
 * @param scores whether something may be added to its scores, such as a bias for distance
 * @param complexity time in the length n, as its paper has it
 */
public record Traits(
    boolean causal,
    boolean cross,
    boolean exact,
    boolean overKeys,
    boolean scores,
    Complexity complexity) {
  /** Growth with the length n. */
  public enum Complexity {
    LINEAR("O(n)"),
    LOG_LINEAR("O(n log n)"),
    ROOT("O(n√n)"),
    QUADRATIC("O(n²)");

    private final String formula;

    Complexity(String formula) {
      this.formula = formula;
    }

    public String formula() {
      return formula;
    }
  }

  /** All pairs, each with a score of its own. */
  public static final Traits DENSE = new Traits(true, true, true, true, true, Complexity.QUADRATIC);

  /** A mechanism of encoders that isn't attention over pairs. */
  public static Traits encoder(Complexity complexity) {
    return new Traits(false, false, false, false, false, complexity);
  }
}
