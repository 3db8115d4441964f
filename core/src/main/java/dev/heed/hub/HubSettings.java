package dev.heed.hub;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the hub and its cache are, as huggingface_hub's environment variables say.
 *
 * @param cache the folder of {@code models--org--name}
 * @param endpoint without a slash at its end
 * @param token sent to the endpoint alone
 * @param offline take what the cache has, and ask nobody
 */
public record HubSettings(Path cache, URI endpoint, Optional<String> token, boolean offline) {
  private static final Set<String> YES = Set.of("1", "on", "yes", "true");

  /** As the environment of this process says. */
  public static HubSettings ofEnvironment() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /**
   * {@code HF_HUB_CACHE}, {@code HF_HOME} (else {@code XDG_CACHE_HOME/huggingface}), {@code
   * HF_ENDPOINT}, {@code HF_TOKEN} (else the file {@code HF_TOKEN_PATH} or {@code HF_HOME/token},
   * which {@code hf auth login} writes) and {@code HF_HUB_OFFLINE}.
   *
   * @throws UserError if the endpoint is no address, or the token file can't be read
   */
  public static HubSettings of(Map<String, String> environment, Path home) {
    Path caches = path(environment, "XDG_CACHE_HOME", home.resolve(".cache"));
    Path hf = path(environment, "HF_HOME", caches.resolve("huggingface"));
    Optional<String> given =
        Stream.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
            .map(name -> environment.getOrDefault(name, "").strip())
            .filter(token -> !token.isEmpty())
            .findFirst();
    return new HubSettings(
        path(environment, "HF_HUB_CACHE", hf.resolve("hub")),
        endpoint(environment.getOrDefault("HF_ENDPOINT", "https://huggingface.co").strip()),
        given.or(() -> stored(path(environment, "HF_TOKEN_PATH", hf.resolve("token")))),
        YES.contains(environment.getOrDefault("HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT)));
  }

  private static Path path(Map<String, String> environment, String name, Path otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() ? otherwise : Path.of(value);
  }

  private static URI endpoint(String text) {
    if (text.matches("https?://[^\\s/?#]+(/[^\\s?#]*)?")) {
      try {
        return URI.create(text.replaceFirst("/+$", ""));
      } catch (IllegalArgumentException e) {
        // as any other text that is no address
      }
    }
    throw new UserError(
        "HF_ENDPOINT must be an address such as https://huggingface.co, not \"" + text + "\"");
  }

  private static Optional<String> stored(Path file) {
    if (!Files.isRegularFile(file)) return Optional.empty();
    try {
      return Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty());
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HubSettings[%s, %s%s]".formatted(cache, endpoint, offline ? ", offline" : "");
  }
}
