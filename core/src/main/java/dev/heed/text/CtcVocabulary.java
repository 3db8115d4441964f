package dev.heed.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The tokens of a model that is trained by CTC (Graves et al. 2006), as Hugging Face's
 * Wav2Vec2CTCTokenizer writes them: {@code vocab.json}, and {@code tokenizer_config.json} for what
 * the tokens mean.
 */
public final class CtcVocabulary {
  private static final String VOCABULARY = "vocab.json";
  private static final String CONFIG = "tokenizer_config.json";

  private final Map<Integer, String> tokens = new HashMap<>();
  private final String blank;
  private final String unknown;
  private final String delimiter; // of words
  private final String space; // that stands for it in a text
  private final boolean lowerCase;

  private CtcVocabulary(JsonNode vocabulary, JsonNode config) {
    vocabulary.properties().forEach(entry -> tokens.put(entry.getValue().asInt(), entry.getKey()));
    config
        .path("added_tokens_decoder")
        .properties()
        .forEach(
            entry ->
                tokens.putIfAbsent(
                    Integer.valueOf(entry.getKey()), entry.getValue().path("content").asText()));
    blank = token(config, "pad_token", "<pad>");
    unknown = token(config, "unk_token", "<unk>");
    delimiter = token(config, "word_delimiter_token", "|");
    space = token(config, "replace_word_delimiter_char", " ");
    lowerCase = config.path("do_lower_case").asBoolean(false);
  }

  private static String token(JsonNode config, String name, String otherwise) {
    JsonNode node = config.path(name);
    return node.isObject() ? node.path("content").asText() : node.asText(otherwise);
  }

  /**
   * Reads a model folder.
   *
   * @throws UserError if a file is missing or broken
   */
  public static CtcVocabulary load(Path folder) {
    Path file = folder.resolve(VOCABULARY);
    if (!Files.exists(file))
      throw new UserError(
          file + " is missing: it says which characters the model's scores stand for");
    Path config = folder.resolve(CONFIG);
    JsonNode settings =
        Files.exists(config) ? object(config) : TokenizerFile.JSON.createObjectNode();
    JsonNode vocabulary = object(file);
    JsonNode language = settings.path("target_lang"); // one vocabulary of several
    if (language.isTextual()) vocabulary = vocabulary.path(language.asText());
    if (vocabulary.isEmpty() || !vocabulary.elements().next().isInt())
      throw new UserError(
          file
              + " must hold a JSON object of tokens and their ids, or of such objects by language"
              + " of which target_lang in "
              + CONFIG
              + " names one");
    return new CtcVocabulary(vocabulary, settings);
  }

  private static JsonNode object(Path file) {
    try {
      JsonNode json = TokenizerFile.JSON.readTree(file.toFile());
      if (json.isObject()) return json;
      throw new UserError(file + " is no JSON object");
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /**
   * What the best token of each frame says: repeated ones once, then without blanks (Graves et al.
   * 2006, section 3.1).
   */
  public String text(int[] path) {
    StringBuilder text = new StringBuilder();
    String before = "";
    for (int id : path) {
      String token = tokens.getOrDefault(id, unknown);
      if (!token.equals(before) && !token.equals(blank))
        text.append(token.equals(delimiter) ? space : token);
      before = token;
    }
    String said = text.toString().strip();
    return lowerCase ? said.toLowerCase(Locale.ROOT) : said;
  }
}
