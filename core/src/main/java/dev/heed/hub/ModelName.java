package dev.heed.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub, written {@code org/name} or {@code org/name@revision}.
 *
 * @param repo {@code org/name}
 * @param revision a branch, tag or commit; {@code main} where none is written
 */
public record ModelName(String repo, String revision) {
  private static final Pattern WRITTEN =
      Pattern.compile("(\\w[\\w.-]{0,95}/\\w[\\w.-]{0,95})(?:@(\\w[\\w./-]*))?");

  /** Empty if the text is no such name. */
  public static Optional<ModelName> of(String text) {
    Matcher m = WRITTEN.matcher(text);
    // Two dots would lead out of the cache; the hub has no such names.
    if (!m.matches() || text.contains("..") || m.group(1).contains("--")) return Optional.empty();
    return Optional.of(new ModelName(m.group(1), Optional.ofNullable(m.group(2)).orElse("main")));
  }

  @Override
  public String toString() {
    return revision.equals("main") ? repo : repo + "@" + revision;
  }
}
