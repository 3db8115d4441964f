package dev.heed.attention;

import dev.heed.config.Kind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where in an encoder–decoder a mechanism can stand; elsewhere tests put dot products. */
public record Stands(Kind encoder, Kind decoder, Kind cross) {
  private static final Kind DOT = Kind.of("scaled_dot_product");

  /** Options that fit models of a few positions. */
  private static final Map<String, Map<String, Object>> SMALL =
      Map.of("linformer", Map.of("rank", 4), "nystrom", Map.of("landmarks", 4));

  /** Other options. */
  private static final List<Kind> VARIANTS =
      List.of(
          new Kind("scaled_dot_product", Map.of("keySize", 3)),
          new Kind("grouped_query", Map.of("groups", 2)),
          new Kind("luong", Map.of("score", "dot")),
          new Kind("luong", Map.of("score", "concat")),
          new Kind("shaw", Map.of("clip", 2)),
          new Kind("disentangled", Map.of("furthest", 3)),
          new Kind("local", Map.of("shape", "lookback", "width", 7)),
          new Kind("local", Map.of("shape", "block", "width", 5)),
          new Kind("sparse_transformer", Map.of("pattern", "fixed", "stride", 7, "summaries", 2)),
          new Kind("longformer", Map.of("window", 3, "dilation", 2, "globals", 2)),
          new Kind("bigbird", Map.of("block", 4, "window", 1, "globals", 2, "random", 2)),
          new Kind("bigbird", Map.of("block", 3, "window", 5, "globals", 0, "random", 0)),
          new Kind("lsh", Map.of("rounds", 3, "chunk", 5)),
          new Kind("lsh", Map.of("rounds", 1, "chunk", 8, "buckets", 4)),
          new Kind("synthesizer", Map.of("ways", List.of("random"))),
          new Kind("synthesizer", Map.of("ways", List.of("factorised_dense"), "factor", 7)),
          new Kind("synthesizer", Map.of("ways", List.of("factorised_random"), "rank", 2)),
          new Kind("synthesizer", Map.of("ways", List.of("dot", "random", "dense"))));

  /** Every mechanism, with its own options or, where these are too large, with small ones. */
  public static List<Kind> each() {
    return Mechanisms.names().stream()
        .map(name -> new Kind(name, SMALL.getOrDefault(name, Map.of())))
        .toList();
  }

  /** The same, and some with others of their options. */
  public static List<Kind> all() {
    return Stream.concat(each().stream(), VARIANTS.stream()).toList();
  }

  public static Stands of(Kind kind) {
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
    kind.options()
        .forEach((key, value) -> json.append(", \"%s\": %s".formatted(key, written(value))));
    return json + "}";
  }

  private static String written(Object value) {
    if (value instanceof Number) return value.toString();
    if (value instanceof Collection<?> all)
      return all.stream().map(Stands::written).toList().toString();
    return "\"" + value + "\"";
  }
}
