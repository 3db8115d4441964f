package dev.heed.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.heed.config.UserError;
import java.nio.file.Path;

/**
 * Two fields, strings or numbers, of a file with one JSON object a line: UTF-8, plain or gzip.
 * {@code train.jsonl} is also found as {@code train.jsonl.gz}.
 */
public final class JsonlCorpus implements Corpus {
  private static final ObjectReader READER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private final Path file;
  private final String sourceField;
  private final String targetField;

  /**
   * @throws UserError if the file is missing
   */
  public JsonlCorpus(Path file, String sourceField, String targetField) {
    this.file = Lines.locate(file);
    this.sourceField = sourceField;
    this.targetField = targetField;
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public String where(long number) {
    return file + ":" + number;
  }

  @Override
  public Cursor<Pair> iterator() {
    return new LinePairs(file, this::parse);
  }

  private Pair parse(String line, String where) {
    try {
      JsonNode object = READER.readTree(line);
      if (!object.isObject())
        throw new UserError(where + ": not a JSON object; write one object a line");
      return new Pair(text(object, sourceField, where), text(object, targetField, where));
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s: not JSON (column %d); write one object a line"
              .formatted(where, e.getLocation() == null ? 1 : e.getLocation().getColumnNr()),
          e);
    }
  }

  private static String text(JsonNode object, String field, String where) {
    JsonNode value = object.path(field);
    if (value.isMissingNode())
      throw new UserError(
          "%s: no field \"%s\"; mend the line or name another field".formatted(where, field));
    if (!value.isTextual() && !value.isNumber())
      throw new UserError(
          "%s: field \"%s\" isn't a string or a number; mend the line or name another field"
              .formatted(where, field));
    return value.asText();
  }
}
