package dev.heed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import java.util.List;

/** Lines that hold a JSON object each. */
final class JsonFields {
  static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonFields() {}

  /**
   * @param where the line's file and number, for messages
   * @throws UserError if the line is no JSON object
   */
  static ObjectNode object(String line, String where) {
    try {
      if (JSON.readTree(line) instanceof ObjectNode object) return object;
      throw new UserError(where + ": not a JSON object; write one object a line");
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s: not JSON (column %d); write one object a line"
              .formatted(where, e.getLocation() == null ? 1 : e.getLocation().getColumnNr()),
          e);
    }
  }

  /**
   * The texts of some fields.
   *
   * @throws UserError if one is missing or no text
   */
  static List<String> texts(ObjectNode object, List<String> fields, String where) {
    return fields.stream()
        .map(
            field -> {
              JsonNode value = object.path(field);
              if (value.isTextual()) return value.textValue();
              throw new UserError(
                  "%s: %s \"%s\"; mend the line, or name another field with --fields"
                      .formatted(where, value.isMissingNode() ? "no field" : "no text in", field));
            })
        .toList();
  }
}
