package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.config.UserError;
import dev.heed.text.ChatTemplate.Message;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Conversations as Hugging Face's transformers writes them. */
class ChatTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> writeWhatHuggingFaceWrites() throws IOException {
    var file = Fixtures.folder("hf/chat-templates").resolve("templates.json");
    JsonNode fixture = JSON.readTree(file.toFile());
    return fixture.get("templates").properties().stream()
        .flatMap(
            template ->
                fixture.get("conversations").properties().stream()
                    .map(
                        conversation ->
                            DynamicTest.dynamicTest(
                                template.getKey() + ", " + conversation.getKey(),
                                () ->
                                    check(
                                        fixture,
                                        template.getValue().get("template").asText(),
                                        conversation.getValue(),
                                        template
                                            .getValue()
                                            .get("rendered")
                                            .get(conversation.getKey())))));
  }

  private static void check(
      JsonNode fixture, String template, JsonNode conversation, JsonNode expected) {
    var config = JSON.createObjectNode();
    config.set("bos_token", fixture.get("bos_token"));
    config.putObject("eos_token").set("content", fixture.get("eos_token"));
    config.put("chat_template", template);
    List<Message> messages =
        conversation
            .valueStream()
            .map(m -> new Message(m.get("role").asText(), m.get("content").asText()))
            .toList();
    ChatTemplate read = ChatTemplate.in("tokenizer_config.json", config).orElseThrow();
    if (expected.isNull()) assertThrows(UserError.class, () -> read.render(messages));
    else assertEquals(expected.asText(), read.render(messages));
  }

  @Test
  void whatIsNotUnderstoodIsNamed() {
    for (String broken :
        List.of(
            "{% if a %}", "{{ a b }}", "{% include 'x' %}", "{{ 'a' | unheardof }}{{ 1 | x }}")) {
      var error =
          assertThrows(
              UserError.class,
              () ->
                  ChatTemplate.of("here", broken, JSON.createObjectNode())
                      .render(List.of(new Message("user", "a"))));
      assertTrue(error.getMessage().startsWith("here: the chat template: "), error.getMessage());
    }
  }
}
