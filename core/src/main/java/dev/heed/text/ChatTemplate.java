package dev.heed.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a conversation is written as one text, in the Jinja that Hugging Face's {@code
 * tokenizer_config.json} has under {@code chat_template}. Templates see {@code messages}, {@code
 * add_generation_prompt} and the special tokens that the file names, such as {@code bos_token}.
 */
public final class ChatTemplate {
  /** One turn: {@code role} is mostly {@code system}, {@code user} or {@code assistant}. */
  public record Message(String role, String content) {}

  private final String source;
  private final Jinja template;
  private final Map<String, Object> specials = new LinkedHashMap<>();

  private ChatTemplate(String source, String template, JsonNode config) {
    this.source = source;
    try {
      this.template = Jinja.parse(template);
    } catch (IllegalArgumentException e) {
      throw new UserError(source + ": the chat template: " + e.getMessage(), e);
    }
    for (var entry : config.properties()) {
      if (!entry.getKey().endsWith("_token")) continue;
      JsonNode token = entry.getValue();
      if (token.isTextual()) specials.put(entry.getKey(), token.asText());
      else if (token.has("content")) specials.put(entry.getKey(), token.get("content").asText());
    }
  }

  /**
   * A template and the special tokens beside it.
   *
   * @param source named in messages
   * @param config tokenizer_config.json
   * @throws UserError if the template can't be read
   */
  public static ChatTemplate of(String source, String template, JsonNode config) {
    return new ChatTemplate(source, template, config);
  }

  /** The template in a tokenizer_config.json, of several the one named {@code default}. */
  public static Optional<ChatTemplate> in(String source, JsonNode config) {
    JsonNode found = config.path("chat_template");
    if (found.isTextual()) return Optional.of(of(source, found.asText(), config));
    for (JsonNode one : found)
      if (one.path("name").asText().equals("default"))
        return Optional.of(of(source, one.path("template").asText(), config));
    return Optional.empty();
  }

  /**
   * The text that the model is to continue with its answer.
   *
   * @throws UserError if the template refuses the conversation
   */
  public String render(List<Message> messages) {
    return render(messages, true);
  }

  /** The text of a conversation that ends with an answer. */
  public String renderAnswered(List<Message> messages) {
    return render(messages, false);
  }

  private String render(List<Message> messages, boolean prompt) {
    Map<String, Object> values = new LinkedHashMap<>(specials);
    values.put(
        "messages",
        messages.stream()
            .map(
                message -> {
                  Map<String, Object> turn = new LinkedHashMap<>();
                  turn.put("role", message.role());
                  turn.put("content", message.content());
                  return turn;
                })
            .toList());
    values.put("add_generation_prompt", prompt);
    try {
      return template.render(values);
    } catch (IllegalArgumentException e) {
      throw new UserError(source + ": the chat template: " + e.getMessage(), e);
    }
  }
}
