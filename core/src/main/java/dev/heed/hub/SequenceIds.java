package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The ids that frame what an encoder–decoder learns from, as config.json has them; what it lacks is
 * as in Hugging Face's classes.
 *
 * @param pad fills short rows
 * @param first what the decoder starts from; if empty, the last token of the target, which in
 *     mBART's is the language
 * @param end of a text
 */
public record SequenceIds(int pad, OptionalInt first, int end) {
  private static final SequenceIds T5 = new SequenceIds(0, OptionalInt.of(0), 1);
  private static final Map<String, SequenceIds> DEFAULTS =
      Map.of(
          "bart",
          new SequenceIds(1, OptionalInt.of(2), 2),
          "marian",
          new SequenceIds(58100, OptionalInt.of(58100), 0),
          "mbart",
          new SequenceIds(1, OptionalInt.empty(), 2),
          "pegasus",
          T5,
          "switch_transformers",
          T5,
          "t5",
          T5);

  /**
   * Reads a config.json.
   *
   * @throws UserError if an id is missing that its kind of model has no default for
   */
  public static SequenceIds of(JsonNode config) {
    String type = config.path("model_type").asText();
    SequenceIds defaults = DEFAULTS.getOrDefault(type, new SequenceIds(-1, OptionalInt.of(-1), -1));
    return new SequenceIds(
        id(config, "pad_token_id", defaults.pad),
        defaults.first.isEmpty()
            ? OptionalInt.empty()
            : OptionalInt.of(id(config, "decoder_start_token_id", defaults.first.getAsInt())),
        id(config, "eos_token_id", defaults.end));
  }

  private static int id(JsonNode config, String key, int otherwise) {
    JsonNode value = config.path(key).isArray() ? config.path(key).path(0) : config.path(key);
    if (value.isInt()) return value.intValue();
    if (otherwise >= 0) return otherwise;
    throw new UserError("config.json must have %s to learn from texts: add it".formatted(key));
  }

  /** What the decoder starts from where it is to write a target, which isn't empty. */
  public int start(int[] target) {
    return first.orElse(target[target.length - 1]);
  }
}
