package dev.heed.position;

/**
 * Tells nothing. A decoder still learns order from what each token can see (Haviv et al. 2022,
 * "Transformer Language Models without Positional Encodings Still Learn Positional Information");
 * an encoder sees a bag of tokens.
 */
public final class Unplaced extends Position {
  /** Its options: none. */
  public record Options() implements Position.Options {
    @Override
    public Means means() {
      return Means.VECTORS;
    }

    @Override
    public Position position(Stack stack) {
      return new Unplaced();
    }
  }
}
