package dev.heed.attention;

import dev.heed.config.Kind;
import java.util.Map;

/** Where in an encoder–decoder a mechanism can stand; elsewhere tests put dot products. */
public record Stands(Kind encoder, Kind decoder, Kind cross) {
  private static final Kind DOT = Kind.of("scaled_dot_product");

  /** Options that fit models of a few positions. */
  private static final Map<String, Map<String, Object>> SMALL =
      Map.of("linformer", Map.of("rank", 4));

  public static Stands of(String name) {
    Kind kind = new Kind(name, SMALL.getOrDefault(name, Map.of()));
    Traits traits = Mechanisms.of(kind).traits();
    return new Stands(kind, traits.causal() ? kind : DOT, traits.cross() ? kind : DOT);
  }

  /** As keys of config.json, each after a comma. */
  public String json() {
    return ", \"attention\": %s, \"decoder_attention\": %s, \"cross_attention\": %s"
        .formatted(json(encoder), json(decoder), json(cross));
  }

  private static String json(Kind kind) {
    StringBuilder json = new StringBuilder("{\"kind\": \"" + kind.kind() + "\"");
    kind.options().forEach((key, value) -> json.append(", \"%s\": %s".formatted(key, value)));
    return json + "}";
  }
}
