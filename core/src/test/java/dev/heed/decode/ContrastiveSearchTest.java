package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.Generation;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Against the outputs of {@code fixtures/contrastive.py}, which follows the paper. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
class ContrastiveSearchTest {
  private record Case(int[] prompt, double alpha, int k, int[] tokens) {}

  private static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    var file = Fixtures.folder("oracle/contrastive").resolve("cases.json").toFile();
    for (JsonNode one : new ObjectMapper().readTree(file))
      cases.add(
          new Case(
              ids(one.path("prompt")),
              one.path("alpha").asDouble(),
              one.path("k").asInt(),
              ids(one.path("tokens"))));
    assertTrue(cases.size() > 5, cases.toString());
    return cases;
  }

  private static int[] ids(JsonNode list) {
    return list.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  private static CausalLm model() {
    var model = Checkpoint.load(Fixtures.folder("hf/gpt2"), Device.CPU).model();
    model.training(false);
    return (CausalLm) model;
  }

  private static SpecialTokens ends(int... ends) {
    return new SpecialTokens(
        0, ends, new int[0], new int[0], OptionalInt.empty(), OptionalInt.empty());
  }

  private static DecodeConfig config(double alpha, int k, int length) {
    return new DecodeConfig(
        1,
        1,
        LengthPenalty.PLAIN,
        1,
        length,
        0,
        1000,
        0,
        true,
        StopBound.EXACT,
        true,
        0,
        1,
        new Sampling(false, 1, k, 1, 0, 1, 0),
        alpha);
  }

  /** Cases of like settings together, shorter prompts padded on the left. */
  private static List<Hypothesis> search(CausalLm model, SpecialTokens special, List<Case> cases) {
    Case first = cases.get(0);
    int longest = cases.stream().mapToInt(one -> one.prompt.length).max().orElseThrow();
    int[] prompts = new int[cases.size() * longest];
    int[] pads = new int[cases.size()];
    List<Start> starts = new ArrayList<>();
    for (int i = 0; i < pads.length; i++) {
      int[] prompt = cases.get(i).prompt;
      pads[i] = longest - prompt.length;
      System.arraycopy(prompt, 0, prompts, i * longest + pads[i], prompt.length);
      starts.add(new Start(prompt, cases.get(i).tokens.length, 0, Start.Stop.NEVER));
    }
    int length = first.tokens.length;
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on();
        Generation generation =
            Generation.of(model, Tensor.of(prompts, pads.length, longest), pads, first.k, length)) {
      var config = config(first.alpha, first.k, length);
      return ContrastiveSearch.search(generation, special, starts, config).stream()
          .map(row -> row.get(0))
          .toList();
    }
  }

  @Test
  void equalsThePapersDefinition() throws IOException {
    CausalLm model = model();
    Map<String, List<Case>> alike = new LinkedHashMap<>();
    for (Case one : cases()) {
      assertArrayEquals(one.tokens, search(model, ends(), List.of(one)).get(0).tokens());
      alike.computeIfAbsent(one.alpha + " " + one.k, key -> new ArrayList<>()).add(one);
    }
    assertTrue(alike.values().stream().anyMatch(group -> group.size() > 2));
    for (List<Case> group : alike.values()) {
      List<Hypothesis> together = search(model, ends(), group);
      for (int i = 0; i < group.size(); i++)
        assertArrayEquals(group.get(i).tokens, together.get(i).tokens());
    }
  }

  @Test
  void endsAtAnEndTokenAndScoresByTheModel() throws IOException {
    CausalLm model = model();
    Case one = cases().get(0);
    int place = 4;
    Hypothesis ended = search(model, ends(one.tokens[place]), List.of(one)).get(0);
    assertEquals(OptionalInt.of(one.tokens[place]), ended.end());
    assertEquals(place, ended.tokens().length);
    assertTrue(ended.logProbability() < 0);
  }

  @Test
  void isOneOutputAmongSeveralTokens() {
    assertThrows(UserError.class, () -> config(0.6, 1, 5));
    assertThrows(UserError.class, () -> config(1.1, 4, 5));
    assertThrows(UserError.class, () -> config(0.6, 4, 5).withBeam(2, 1));
    var json = new ObjectMapper().createObjectNode().put("penalty_alpha", 0.6).put("top_k", 4);
    assertEquals(0.6, GenerationConfig.read(json, 0).decode().penaltyAlpha());
    assertEquals(0, GenerationConfig.read(json.put("do_sample", true), 0).decode().penaltyAlpha());
  }
}
