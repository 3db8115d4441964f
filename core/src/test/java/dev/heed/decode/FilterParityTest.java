package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Distributions filtered elsewhere, alone and together. */
class FilterParityTest {
  private static final Set<String> KNOWN =
      Set.of("repetition_penalty", "temperature", "top_k", "top_p", "min_p", "typical_p");

  @TestFactory
  Stream<DynamicTest> equalThePublishedFilters() throws IOException {
    var mapper = new ObjectMapper();
    var file = Fixtures.folder("oracle/decoding_filters").resolve("filters.json");
    JsonNode fixture = mapper.readTree(file.toFile());
    double[] logits = mapper.treeToValue(fixture.get("logits"), double[].class);
    int[] previous = mapper.treeToValue(fixture.get("previous"), int[].class);
    return fixture
        .get("cases")
        .valueStream()
        .map(
            one -> {
              JsonNode settings = one.get("settings");
              return DynamicTest.dynamicTest(
                  settings.toString(),
                  () ->
                      assertArrayEquals(
                          mapper.treeToValue(one.get("probs"), double[].class),
                          filtered(logits, previous, settings),
                          1e-9));
            });
  }

  private static double[] filtered(double[] logits, int[] previous, JsonNode settings) {
    settings.fieldNames().forEachRemaining(name -> assertTrue(KNOWN.contains(name), name));
    double[] scores;
    try (var scope = Scope.open()) {
      var penalty = new RepetitionPenalty(settings.path("repetition_penalty").asDouble(1));
      scores = penalty.apply(Tensor.of(logits, 1, logits.length), List.of(previous)).toDoubles();
    }
    var sampling =
        new Sampling(
            true,
            settings.path("temperature").asDouble(1),
            settings.path("top_k").asInt(0),
            settings.path("top_p").asDouble(1),
            settings.path("min_p").asDouble(0),
            settings.path("typical_p").asDouble(1),
            0);
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> -scores[token]))
            .mapToInt(token -> token)
            .toArray();
    Candidates left =
        sampling.filtered(
            new Candidates(order, IntStream.of(order).mapToDouble(i -> scores[i]).toArray()));
    double[] probabilities = new double[scores.length];
    for (int i = 0; i < left.size(); i++) probabilities[left.tokens()[i]] = left.probabilities()[i];
    return probabilities;
  }
}
