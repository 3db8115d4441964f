package dev.heed.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.Lines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The files of SQuAD (Rajpurkar et al. 2016): questions about paragraphs with their right answers,
 * of version 1.1 or 2.0, and what a system answered. Both may be gzip.
 */
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
    var golds = new LinkedHashMap<String, List<String>>();
    forEach(
        file,
        (context, question) ->
            golds.put(
                question.path("id").asText(),
                answers(question).stream().map(answer -> answer.path("text").asText()).toList()));
    return golds;
  }

  /**
   * A question about a text.
   *
   * @param answers the right ones, each a part of the context; none if it has none
   */
  public record Question(String id, String question, String context, List<Gold> answers) {}

  /** {@code context.substring(start, end)}, in Java chars. */
  public record Gold(int start, int end) {}

  /**
   * The questions with their contexts, in the order of {@code data[].paragraphs[].qas[]}.
   *
   * @throws UserError if the file can't be read or isn't of this format, or an answer isn't where
   *     its {@code answer_start} says
   */
  public static List<Question> questions(Path file) {
    List<Question> questions = new ArrayList<>();
    forEach(
        file,
        (context, question) -> {
          String id = question.path("id").asText();
          questions.add(
              new Question(
                  id,
                  question.path("question").asText(),
                  context,
                  answers(question).stream().map(a -> gold(a, context, id, file)).toList()));
        });
    return questions;
  }

  /** Where an answer stands, which the file counts in code points. */
  private static Gold gold(JsonNode answer, String context, String id, Path file) {
    String text = answer.path("text").asText();
    int from = answer.path("answer_start").asInt(-1);
    if (from >= 0 && from <= context.codePointCount(0, context.length())) {
      int start = context.offsetByCodePoints(0, from);
      if (!text.isEmpty() && context.startsWith(text, start))
        return new Gold(start, start + text.length());
    }
    throw new UserError(
        "%s: the answer \"%s\" to question %s is not at character %d of its context: mend answer_start"
            .formatted(file, text, id, from));
  }

  private static List<JsonNode> answers(JsonNode question) {
    List<JsonNode> answers = new ArrayList<>();
    if (!question.path("is_impossible").asBoolean()) question.path("answers").forEach(answers::add);
    return answers;
  }

  private static void forEach(Path file, BiConsumer<String, JsonNode> told) {
    boolean any = false;
    for (JsonNode article : read(file).path("data"))
      for (JsonNode paragraph : article.path("paragraphs"))
        for (JsonNode question : paragraph.path("qas")) {
          told.accept(paragraph.path("context").asText(), question);
          any = true;
        }
    if (!any)
      throw new UserError(
          file + " has no questions: give a file in SQuAD's format, data, paragraphs and qas");
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
    try (InputStream in = Lines.bytes(file)) {
      JsonNode root = JSON.readTree(in);
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
