package dev.heed.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The two files that SQuAD's script compares: questions with their right answers, and answers. */
public final class SquadFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SquadFile() {}

  /**
   * The right answers of each question by its id, none where the text has no answer; in the order
   * of {@code data[].paragraphs[].qas[]}.
   *
   * @throws UserError if the file can't be read or isn't of this format
   */
  public static Map<String, List<String>> golds(Path file) {
    JsonNode data = read(file).path("data");
    var golds = new LinkedHashMap<String, List<String>>();
    for (JsonNode article : data) {
      for (JsonNode paragraph : article.path("paragraphs")) {
        for (JsonNode question : paragraph.path("qas")) {
          var texts = new ArrayList<String>();
          if (!question.path("is_impossible").asBoolean())
            question.path("answers").forEach(answer -> texts.add(answer.path("text").asText()));
          golds.put(question.path("id").asText(), texts);
        }
      }
    }
    if (golds.isEmpty())
      throw new UserError(
          file + " has no questions: give a file in SQuAD's format, data, paragraphs and qas");
    return golds;
  }

  /**
   * The answer to each question by its id, from an object of id and text.
   *
   * @throws UserError if the file can't be read or isn't of this format
   */
  public static Map<String, String> answers(Path file) {
    var answers = new LinkedHashMap<String, String>();
    JsonNode root = read(file);
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getValue().isTextual())
        throw new UserError(
            "%s: the answer to %s is no text; write id and text, as in {\"56be4db0\": \"1969\"}"
                .formatted(file, entry.getKey()));
      answers.put(entry.getKey(), entry.getValue().asText());
    }
    return answers;
  }

  private static JsonNode read(Path file) {
    try {
      JsonNode root = JSON.readTree(Files.readString(file));
      if (root.isObject()) return root;
      throw new UserError(file + ":1: this is no JSON object");
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s:%d: this is not JSON: %s"
              .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
