package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.Kind;
import dev.heed.config.UserError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Options that can't be are refused when a model is built, each in a sentence. */
final class MechanismOptionsTest {
  private static final Place PLACE = new Place(8, 4, 48, 0, false);

  private static String refusal(Kind kind) {
    return assertThrows(UserError.class, () -> Mechanisms.self(kind, PLACE)).getMessage();
  }

  @ParameterizedTest
  @CsvSource({
    "flash,             block,     0",
    "local,             width,     0",
    "sparse_transformer,stride,    0",
    "longformer,        window,    0",
    "longformer,        dilation,  0",
    "bigbird,           block,     0",
    "performer,         features,  0",
    "linformer,         rank,      0",
    "nystrom,           landmarks, 0",
    "lsh,               rounds,    0",
    "lsh,               chunk,     0",
    "synthesizer,       factor,    0",
    "synthesizer,       rank,      0",
    "shaw,              clip,      0",
    "disentangled,      furthest,  0",
    "grouped_query,     groups,    0"
  })
  void sizesBelowOne(String name, String option, int value) {
    String message = refusal(new Kind(name, Map.of(option, value)));
    assertEquals(
        "attention %s: %s must be at least 1, not %d".formatted(name, option, value), message);
  }

  static List<List<Object>> others() {
    return List.of(
        List.of(
            "linformer",
            Map.of("rank", 49),
            "attention linformer: rank (49) must be at most the model's positions (48)"),
        List.of(
            "nystrom",
            Map.of("landmarks", 49),
            "attention nystrom: landmarks (49) must be at most the model's positions (48)"),
        List.of(
            "sparse_transformer",
            Map.of("stride", 4, "summaries", 5),
            "attention sparse_transformer: summaries must be at least 1 and at most the stride (4), not 5"),
        List.of(
            "longformer",
            Map.of("globals", -1),
            "attention longformer: globals must be at least 0, not -1"),
        List.of(
            "bigbird",
            Map.of("globals", -1),
            "attention bigbird: globals must be at least 0, not -1"),
        List.of(
            "bigbird",
            Map.of("random", -1),
            "attention bigbird: random must be at least 0, not -1"),
        List.of(
            "bigbird",
            Map.of("window", 2),
            "attention bigbird: window must be an odd number, not 2"),
        List.of(
            "performer",
            Map.of("redraw", -1),
            "attention performer: redraw must be at least 0, not -1"),
        List.of(
            "lsh",
            Map.of("buckets", 3),
            "attention lsh: buckets must be an even number, or 0 for as many as fit the text, not 3"),
        List.of(
            "synthesizer",
            Map.of("ways", List.of()),
            "attention synthesizer: ways must name at least one"),
        List.of(
            "grouped_query",
            Map.of("groups", 3),
            "attention grouped_query: groups (3) must divide heads (4) without remainder"));
  }

  @ParameterizedTest
  @MethodSource("others")
  @SuppressWarnings("unchecked")
  void othersThatCannotBe(List<Object> mistake) {
    Kind kind = new Kind((String) mistake.get(0), (Map<String, Object>) mistake.get(1));
    assertEquals(mistake.get(2), refusal(kind));
  }
}
