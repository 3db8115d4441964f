package dev.heed.nn;

import dev.heed.config.Kind;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every feed-forward layer of the registry, with options that fit small models. */
public final class FeedForwardSamples {
  private static final Map<String, Map<String, Object>> SMALL =
      Map.of("low_rank", Map.of("rank", 3), "experts", Map.of("experts", 4));

  private static final List<Kind> VARIANTS =
      List.of(
          new Kind("dense", Map.of("chunks", 3)),
          new Kind("gated", Map.of("gate", "gelu", "bias", true)),
          new Kind("gated", Map.of("gate", "gelu_tanh")),
          new Kind("gated", Map.of("gate", "relu")),
          new Kind("gated", Map.of("gate", "sigmoid")),
          new Kind("gated", Map.of("gate", "linear")),
          new Kind("shared", Map.of("of", Map.of("kind", "gated", "gate", "gelu"))),
          new Kind("experts", Map.of("experts", 1)),
          new Kind("experts", Map.of("experts", 3, "k", 3, "of", "gated")),
          new Kind("experts", Map.of("experts", 3, "k", 2, "capacity", 1)),
          new Kind("experts", Map.of("experts", 4, "routing", "switch", "capacity", 1)),
          new Kind("experts", Map.of("experts", 4, "routing", "hash", "every", 2)),
          new Kind("experts", Map.of("experts", 2, "of", Map.of("kind", "low_rank", "rank", 2))));

  private static final List<Kind> OF_ENCODERS =
      List.of(
          new Kind("experts", Map.of("experts", 3, "routing", "expert_choice")),
          new Kind("experts", Map.of("experts", 3, "routing", "expert_choice", "capacity", 1.5)),
          new Kind("experts", Map.of("experts", 3, "routing", "soft", "slots", 2)));

  private FeedForwardSamples() {}

  /** Those that a decoder may have. */
  public static List<Kind> causal() {
    Stream<Kind> each =
        FeedForwards.names().stream()
            .map(name -> new Kind(name, SMALL.getOrDefault(name, Map.of())));
    return Stream.concat(each, VARIANTS.stream()).toList();
  }

  public static List<Kind> all() {
    return Stream.concat(causal().stream(), OF_ENCODERS.stream()).toList();
  }
}
