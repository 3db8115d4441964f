package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.OracleCases;
import dev.heed.Parity;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link FeedForwards}: {@link LowRank}, {@link MixtureOfExperts}, {@link HashExperts} and {@link
 * SoftExperts} against the papers' equations, and what is refused.
 */
@ExtendWith(OneThread.class)
final class FeedForwardsTest {
  private static final String FIXTURE = "oracle/feed_forwards";
  private static final String ROUTED = "top_k|switch|expert_choice";

  static Stream<Parity> lowRank() {
    return Parity.of(FIXTURE, name -> name.startsWith("low_rank"));
  }

  @ParameterizedTest
  @MethodSource("lowRank")
  void lowRankEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (B, N, D)
    long rank = parity.constant("V1").size(0);
    FeedForwardLayer layer =
        parity.load(
            layer(
                new Kind("low_rank", Map.of("rank", (int) rank)),
                (int) x.size(2),
                (int) parity.constant("U1").size(0),
                false),
            Map.of(
                "in.down.weight", List.of("V1"),
                "in.up.weight", List.of("U1"),
                "in.up.bias", List.of("b1"),
                "out.down.weight", List.of("V2"),
                "out.up.weight", List.of("U2"),
                "out.up.bias", List.of("b2")));
    parity.out("out", layer.forward(x, Tokens.of(x, Optional.empty()))).check();
  }

  static Stream<Parity> experts() {
    return Parity.of(FIXTURE, name -> name.matches("(" + ROUTED + "|hash|soft)_.*"));
  }

  @ParameterizedTest
  @MethodSource("experts")
  void expertsEqualTheReference(Parity parity) {
    String routing = parity.name().replaceFirst("^(" + ROUTED + "|hash|soft)_.*", "$1");
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("routing", routing);
    for (String option : List.of("experts", "k", "slots"))
      if (parity.has(option)) options.put(option, parity.setting(option));
    for (String option : List.of("capacity", "balance", "z"))
      if (parity.has(option)) options.put(option, parity.constant(option).item());
    if (routing.equals("switch")) options.remove("k");
    Tensor x = parity.in("x"); // (B, N, D)
    FeedForwardLayer layer =
        parity.load(
            layer(
                new Kind("experts", options),
                (int) x.size(2),
                (int) parity.constant("b1_0").size(0),
                parity.has("causal") && parity.setting("causal") == 1),
            names(parity.setting("experts"), !routing.equals("hash")));
    Map<String, Tensor> shown = new HashMap<>();
    layer.watch(each -> shown.put(each.name(), each.value()));
    Tensor real = parity.constant("real"); // (B, N)
    Tensor ids = parity.has("ids") ? parity.constant("ids") : real;
    Tensor out = layer.forward(x, Tokens.of(ids, Optional.of(real)));
    // What a soft layer makes of padding is nobody's concern.
    if (routing.equals("soft")) out = out.mul(real.unsqueeze(2).to(out.dtype()));
    parity.out("out", out);
    if (!routing.equals("soft")) parity.out("tokens", shown.get("router_tokens").to(x.dtype()));
    if (routing.matches(ROUTED))
      parity
          .out("loss", shown.get("router_loss"))
          .out("entropy", shown.get("router_entropy"))
          .out("dropped", shown.get("router_dropped").to(x.dtype()));
    parity.check();
  }

  private static Map<String, List<String>> names(int experts, boolean learned) {
    Map<String, List<String>> names = new HashMap<>();
    if (learned) names.put("router.weight", List.of("router"));
    for (int e = 0; e < experts; e++)
      for (String side : List.of("in", "out"))
        for (String each : List.of("weight", "bias"))
          names.put(
              "expert.%d.%s.%s".formatted(e, side, each),
              List.of((each.equals("weight") ? "W" : "b") + (side.equals("in") ? "1_" : "2_") + e));
    return names;
  }

  private static FeedForwardLayer layer(Kind kind, int d, int ffn, boolean causal) {
    var place = new FeedForwards.Place(d, ffn, Activation.RELU, 0, causal);
    return FeedForwards.stack(kind, place, 1).apply(0);
  }

  @Test
  void everyCaseIsCompared() {
    Set<String> left =
        OracleCases.of(FIXTURE).stream()
            .map(OracleCases.Case::name)
            .filter(name -> !name.matches("(low_rank|" + ROUTED + "|hash|soft)_.*"))
            .collect(Collectors.toSet());
    assertEquals(Set.of(), left);
  }

  // ---- what is refused --------------------------------------------------------------------------

  static List<List<Object>> mistakes() {
    return List.of(
        List.of("dense", Map.of("chunks", 0), "chunks must be at least 1, not 0"),
        List.of("low_rank", Map.of("rank", 0), "rank must be at least 1, not 0"),
        List.of(
            "low_rank",
            Map.of("rank", 9),
            "rank (9) must be at most the lesser of d (8) and ffn (12)"),
        List.of("experts", Map.of("experts", 0), "experts must be at least 1, not 0"),
        List.of("experts", Map.of("experts", 4, "k", 5), "k (5) must be at most experts (4)"),
        List.of("experts", Map.of("k", -1), "k must be at least 1, not -1"),
        List.of(
            "experts", Map.of("routing", "soft", "k", 1), "k (1) is for routing top_k, not soft"),
        List.of("experts", Map.of("capacity", 0.5), "capacity must be at least 1, not 0.5"),
        List.of(
            "experts",
            Map.of("capacity", 9),
            "capacity (9.0) must be at most experts (8), with which one could take all"),
        List.of(
            "experts",
            Map.of("routing", "hash", "capacity", 2),
            "capacity is for routing top_k, switch and expert_choice, not hash"),
        List.of("experts", Map.of("slots", 2), "slots (2) is for routing soft, not top_k"),
        List.of(
            "experts", Map.of("routing", "soft", "slots", -2), "slots must be at least 1, not -2"),
        List.of("experts", Map.of("balance", -1), "balance must be at least 0, not -1.0"),
        List.of("experts", Map.of("z", -1), "z must be at least 0, not -1.0"),
        List.of("experts", Map.of("every", 0), "every must be at least 1, not 0"),
        List.of("experts", Map.of("every", 3), "every (3) must be at most the stack's layers (2)"),
        List.of(
            "experts",
            Map.of("of", "experts"),
            "of must be a layer of each token alone, dense, gated or low_rank, not experts"),
        List.of(
            "shared",
            Map.of("of", "shared"),
            "of must be a layer of each token alone, dense, gated or low_rank, not shared"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  @SuppressWarnings("unchecked")
  void whatCannotBeIsRefusedInASentence(List<Object> mistake) {
    Kind kind = new Kind((String) mistake.get(0), (Map<String, Object>) mistake.get(1));
    var place = new FeedForwards.Place(8, 12, Activation.RELU, 0, false);
    var error = assertThrows(UserError.class, () -> FeedForwards.stack(kind, place, 2).apply(1));
    assertEquals("feedForward %s: %s".formatted(kind.kind(), mistake.get(2)), error.getMessage());
  }

  @ParameterizedTest
  @MethodSource("mixing")
  void whatMixesTokensIsNotForDecoders(String routing) {
    var place = new FeedForwards.Place(8, 12, Activation.RELU, 0, true);
    Kind kind = new Kind("experts", Map.of("routing", routing));
    var error = assertThrows(UserError.class, () -> FeedForwards.stack(kind, place, 2));
    assertEquals(
        "feedForward experts with routing %s mixes all tokens of a text, which a decoder mustn't: give decoderFeedForward another, such as dense"
            .formatted(routing),
        error.getMessage());
  }

  static List<String> mixing() {
    return List.of("soft", "expert_choice");
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    var error = assertThrows(UserError.class, () -> FeedForwards.of(Kind.of("gatd")));
    assertEquals("unknown feedForward gatd; did you mean gated?", error.getMessage());
    var option =
        assertThrows(
            UserError.class, () -> FeedForwards.of(new Kind("gated", Map.of("gate", "softplus"))));
    assertTrue(option.getMessage().contains("geluTanh"), option.getMessage());
  }
}
