package dev.heed.position;

import dev.heed.config.Kind;
import dev.heed.config.Registry;
import dev.heed.config.UserError;
import java.util.List;

/**
 * The ways to tell a model where its tokens stand by the names that recipes and config.json use, a
 * line each. Shaw's and Transformer-XL's relative positions are mechanisms of attention.
 */
public final class Positions {
  private static final Registry<Position.Options> ALL =
      Registry.<Position.Options>of("position")
          .with("sinusoidal", new Sinusoidal.Options())
          .with("learned", new Learned.Options())
          .with("concatenated", new Concatenated.Options(32))
          .with("t5", new RelativeBias.Options(32, 128))
          .with("rotary", RotaryOptions.DEFAULT)
          .with("alibi", new Alibi.Options())
          .with("none", new Unplaced.Options());

  private Positions() {}

  /** Every name, in order. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * The way of a name, with its options.
   *
   * @throws UserError if the name or an option is unknown (the nearest is named), or a value wrong
   */
  public static Position.Options of(Kind kind) {
    return ALL.create(kind);
  }

  /**
   * The same for a stack.
   *
   * @throws UserError as {@link #of}, or if the options don't fit the stack
   */
  public static Position of(Kind kind, Position.Stack stack) {
    Position.Options options = of(kind);
    try {
      return options.position(stack);
    } catch (IllegalArgumentException e) {
      throw new UserError("position %s: %s".formatted(kind.kind(), e.getMessage()), e);
    }
  }
}
