package dev.heed.attention;

import dev.heed.config.Kind;
import dev.heed.config.Registry;
import dev.heed.config.UserError;
import java.util.List;

/** What a recurrent decoder takes from the source, by the names that recipes use, a line each. */
public final class RecurrentDecoders {
  private static final Registry<RecurrentDecoder.Way> ALL =
      Registry.<RecurrentDecoder.Way>of("attention")
          .with("fixed", new FixedContext.Options(false))
          .with("bahdanau", new BahdanauDecoder.Options())
          .with("luong", new LuongDecoder.Options(Luong.Score.GENERAL, false));

  private RecurrentDecoders() {}

  /** Every name, in order. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * The way of a name, with its options.
   *
   * @throws UserError if the name or an option is unknown (the nearest is named), or a value wrong
   */
  public static RecurrentDecoder.Way of(Kind kind) {
    return ALL.create(kind);
  }
}
