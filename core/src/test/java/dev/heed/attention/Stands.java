package dev.heed.attention;

import dev.heed.config.Kind;

/** Where in an encoder–decoder a mechanism can stand; elsewhere tests put dot products. */
public record Stands(Kind encoder, Kind decoder, Kind cross) {
  private static final Kind DOT = Kind.of("scaled_dot_product");

  public static Stands of(String name) {
    Kind kind = Kind.of(name);
    Traits traits = Mechanisms.of(kind).traits();
    return new Stands(kind, traits.causal() ? kind : DOT, traits.cross() ? kind : DOT);
  }

  /** As keys of config.json, each after a comma. */
  public String json() {
    return ", \"attention\": \"%s\", \"decoder_attention\": \"%s\", \"cross_attention\": \"%s\""
        .formatted(encoder.kind(), decoder.kind(), cross.kind());
  }
}
