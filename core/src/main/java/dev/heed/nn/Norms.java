package dev.heed.nn;

import dev.heed.config.Kind;
import dev.heed.config.Registry;
import dev.heed.config.UserError;
import java.util.List;

/** The norms by the names that recipes and config.json use, a line each. */
public final class Norms {
  private static final Registry<Norm.Options> ALL =
      Registry.<Norm.Options>of("norm")
          .with("layer", LayerNorm.Options.DEFAULT)
          .with("rms", new RmsNorm.Options(1e-5))
          .with("scale", new ScaleNorm.Options(1e-5))
          .with("power", new PowerNorm.Options(0.9, 1e-5))
          .with("batch", new TokenBatchNorm.Options(0.1, 1e-5));

  private Norms() {}

  /** Every name, in order. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * The norm of a name, with its options.
   *
   * @throws UserError if the name or an option is unknown (the nearest is named), or a value wrong
   */
  public static Norm.Options of(Kind kind) {
    return ALL.create(kind);
  }
}
