package dev.heed.hub;

import dev.heed.config.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** What a user writes for a model: a folder of this machine, or a name on the hub. */
public final class ModelSource {
  private ModelSource() {}

  /**
   * The folder (or file) of that path if there is one, else that of the {@link ModelName} that the
   * text is; what can be neither is taken for a path, for the reader to complain about.
   *
   * @throws UserError as {@link Hub#folder}
   */
  public static Path folder(String text, Hub hub) {
    return path(text, hub::folder);
  }

  /** As {@link #folder}, without weights. */
  public static Path tokenizer(String text, Hub hub) {
    return path(text, hub::tokenizer);
  }

  private static Path path(String text, Function<ModelName, Path> hub) {
    Path path = Path.of(text);
    Optional<ModelName> name = ModelName.of(text);
    if (Files.exists(path) || name.isEmpty()) return path;
    try {
      return hub.apply(name.get());
    } catch (UserError e) {
      throw new UserError("there is no folder %s; %s".formatted(text, e.getMessage()), e);
    }
  }
}
