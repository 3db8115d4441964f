package dev.heed.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the files of the sentence-transformers library beside a model say of its embeddings: {@code
 * modules.json}, {@code 1_Pooling/config.json}, {@code sentence_bert_config.json}, {@code
 * config_sentence_transformers.json}. Where there is none, embeddings are means of unit length.
 *
 * @param most tokens of a text, where they say
 * @param prompts what stands before texts of a kind, such as queries
 */
record SentenceTransformers(
    Pooling pooling, boolean unit, OptionalInt most, Map<String, String> prompts) {
  private static final Set<String> KNOWN = Set.of("Transformer", "Pooling", "Normalize");

  /**
   * @throws UserError if a file is broken, or asks for what Heed doesn't do
   */
  static SentenceTransformers of(Path folder) {
    Path modules = folder.resolve("modules.json");
    Path pooling = folder.resolve("1_Pooling").resolve("config.json");
    boolean unit = true;
    if (Files.exists(modules)) {
      unit = false;
      for (JsonNode module : json(modules)) {
        String type = module.path("type").asText();
        String name = type.substring(type.lastIndexOf('.') + 1);
        if (!KNOWN.contains(name))
          throw new UserError(
              "%s has a module %s, which Heed doesn't know: give a model without"
                  .formatted(modules, name));
        unit |= name.equals("Normalize");
      }
    }
    JsonNode most = json(folder.resolve("sentence_bert_config.json")).path("max_seq_length");
    Map<String, String> prompts = new LinkedHashMap<>();
    json(folder.resolve("config_sentence_transformers.json"))
        .path("prompts")
        .properties()
        .forEach(prompt -> prompts.put(prompt.getKey(), prompt.getValue().asText()));
    return new SentenceTransformers(
        pooling(json(pooling), pooling),
        unit,
        most.isInt() ? OptionalInt.of(most.intValue()) : OptionalInt.empty(),
        prompts);
  }

  private static Pooling pooling(JsonNode json, Path file) {
    Optional<Pooling> found = Optional.empty();
    for (var entry : json.properties()) {
      boolean on = entry.getKey().startsWith("pooling_mode_") && entry.getValue().asBoolean();
      if (!on) continue;
      Pooling mode =
          switch (entry.getKey()) {
            case "pooling_mode_mean_tokens" -> Pooling.MEAN;
            case "pooling_mode_cls_token" -> Pooling.CLS;
            default -> throw unknown(file, entry.getKey());
          };
      if (found.isPresent()) throw unknown(file, "two modes at once");
      found = Optional.of(mode);
    }
    if (!json.path("include_prompt").asBoolean(true)) throw unknown(file, "include_prompt: false");
    return found.orElse(Pooling.MEAN);
  }

  private static UserError unknown(Path file, String what) {
    return new UserError(
        "%s asks for %s: known are pooling_mode_mean_tokens and pooling_mode_cls_token"
            .formatted(file, what));
  }

  /** The file's JSON; an empty node if there is no such file. */
  private static JsonNode json(Path file) {
    if (!Files.exists(file)) return new ObjectMapper().createObjectNode();
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s:%d: this is not JSON".formatted(file, e.getLocation().getLineNr()), e);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
