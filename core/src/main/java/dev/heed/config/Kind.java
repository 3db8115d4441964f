package dev.heed.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A part chosen by name, with its options. Written {@code attention: additive}, or with options
 * {@code attention: {kind: additive, dim: 64}}. To name a kind is to start from that kind's own
 * defaults; options without a kind are laid on the default's. {@link Registry} knows which kinds
 * there are and what options each has.
 *
 * @param kind the registered name
 * @param options the options that differ from the kind's own defaults, in the order written
 */
public record Kind(String kind, Map<String, Object> options) {
  public Kind {
    if (kind.isBlank()) throw new IllegalArgumentException("kind must name one");
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /** The kind with its own default options. */
  public static Kind of(String kind) {
    return new Kind(kind, Map.of());
  }
}
