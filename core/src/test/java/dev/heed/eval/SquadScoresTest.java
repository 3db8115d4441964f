package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link SquadScores} against the fixture, and the files that hold questions and answers. */
class SquadScoresTest {
  @TempDir Path folder;

  @Test
  void everyAnswerAndTheTotalsAreTheOracles() throws IOException {
    JsonNode file =
        new ObjectMapper()
            .readTree(Fixtures.folder("oracle/metrics_squad").resolve("squad.json").toFile());
    List<String> predictions = new ArrayList<>();
    List<List<String>> golds = new ArrayList<>();
    for (JsonNode row : file.get("rows")) {
      String prediction = row.get("prediction").asText();
      List<String> right = new ArrayList<>();
      row.get("golds").forEach(gold -> right.add(gold.asText()));
      SquadScores.Score score = SquadScores.answer(prediction, right);
      assertEquals(row.get("em").asDouble(), score.exactMatch(), 0, row::toString);
      assertEquals(row.get("f1").asDouble(), score.f1(), 1e-12, row::toString);
      predictions.add(prediction);
      golds.add(right);
    }
    assertFalse(predictions.isEmpty());
    SquadScores.Score total = SquadScores.corpus(predictions, golds);
    assertEquals(file.get("exact_match").asDouble(), total.exactMatch(), 1e-10);
    assertEquals(file.get("f1").asDouble(), total.f1(), 1e-10);
    assertThrows(UserError.class, () -> SquadScores.corpus(List.of("a"), List.of()));
  }

  @Test
  void filesAreReadAsTheScriptWritesThem() throws IOException {
    Path questions =
        Files.writeString(
            folder.resolve("dev.json"),
            """
            {"version": "v2.0", "data": [{"paragraphs": [{"context": "…", "qas": [
              {"id": "1", "answers": [{"text": "blue"}, {"text": "sky blue"}]},
              {"id": "2", "is_impossible": true, "answers": [], "plausible_answers": []}]}]}]}
            """);
    assertEquals(
        Map.of("1", List.of("blue", "sky blue"), "2", List.of()), SquadFile.golds(questions));
    Path answers = Files.writeString(folder.resolve("answers.json"), "{\"1\": \"blue\"}");
    assertEquals(Map.of("1", "blue"), SquadFile.answers(answers));
    assertRefused("has no questions", () -> SquadFile.golds(answers));
    assertRefused("the answer to data is no text", () -> SquadFile.answers(questions));
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\n\"a\": 1,,");
    assertRefused("broken.json:2: this is not JSON", () -> SquadFile.answers(broken));
    assertRefused("no such file", () -> SquadFile.golds(folder.resolve("none")));
    Path list = Files.writeString(folder.resolve("list.json"), "[]");
    assertRefused("no JSON object", () -> SquadFile.answers(list));
  }

  private static void assertRefused(String why, Runnable act) {
    String message = assertThrows(UserError.class, act::run).getMessage();
    assertTrue(message.contains(why), message);
  }
}
