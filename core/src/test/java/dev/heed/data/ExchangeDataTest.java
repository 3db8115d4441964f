package dev.heed.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.config.UserError;
import dev.heed.data.ExchangeData.Format;
import dev.heed.text.ChatTemplate.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExchangeDataTest {
  @TempDir private Path dir;

  private List<Exchange> read(Format format, String source, String target, String text)
      throws IOException {
    Files.writeString(dir.resolve("train"), text, UTF_8);
    boolean told = format == Format.MESSAGES;
    return new ExchangeData(
            dir.toString(),
            format,
            source,
            target,
            told ? "" : "<",
            told ? "" : ">",
            "train",
            "valid",
            8,
            8,
            16)
        .trainTexts();
  }

  private void assertSays(
      String message, Format format, String source, String target, String text) {
    UserError error = assertThrows(UserError.class, () -> read(format, source, target, text));
    assertEquals(dir.resolve("train") + message, error.getMessage());
  }

  @Test
  void columnsByNumberOrByName() throws IOException {
    List<Exchange> numbered = read(Format.TSV, "3", "1", "b\tx\ta\nd\tx\tc\n\tx\te\n");
    assertEquals(List.of("<a>", "<c>"), numbered.stream().map(Exchange::source).toList());
    assertEquals(List.of("b", "d"), numbered.stream().map(Exchange::answer).toList());
    List<Exchange> named = read(Format.TSV, "long", "short", "short\tlong\nb\ta\n");
    assertEquals(List.of("<a>"), named.stream().map(Exchange::source).toList());
    assertEquals(dir.resolve("train") + ":2", named.get(0).where());
    assertSays(
        ":1: no column is named \"long\", as data.source says; there are a, b",
        Format.TSV,
        "long",
        "b",
        "a\tb\n1\t2\n");
    assertSays(
        ":2: 1 column(s) but column 2 is asked for; mend the line or name other columns",
        Format.TSV,
        "1",
        "2",
        "a\tb\nc\n");
    assertSays(": no source with a target is in it", Format.TSV, "1", "2", "a\t \n");
  }

  @Test
  void fieldsMayBeListsOfTexts() throws IOException {
    List<Exchange> read =
        read(
            Format.JSONL,
            "s",
            "t",
            "{\"s\": [\"a\", \"b\"], \"t\": [\" c \", \"d\"]}\n{\"s\": \"e\", \"t\": \"f\"}\n");
    assertEquals(List.of("<a b>", "<e>"), read.stream().map(Exchange::source).toList());
    assertEquals(List.of("c", "f"), read.stream().map(Exchange::answer).toList());
    assertSays(":1: not JSON; write one object a line", Format.JSONL, "s", "t", "no\n");
    assertSays(
        ":1: field \"t\" is neither a string nor a list of strings; mend the line or name another field",
        Format.JSONL,
        "s",
        "t",
        "{\"s\": \"a\", \"t\": 1}\n");
  }

  @Test
  void everyAnswerOfAConversationIsOne() throws IOException {
    String said =
        "{\"m\": [{\"role\": \"%s\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"},"
            + " {\"role\": \"user\", \"content\": \"c\"}, {\"role\": \"assistant\", \"content\": \"d\"}]}\n";
    List<Exchange> read = read(Format.MESSAGES, "m", "", said.formatted("user"));
    assertEquals(List.of("b", "d"), read.stream().map(Exchange::answer).toList());
    assertEquals(
        List.of(new Message("user", "a"), new Message("assistant", "b"), new Message("user", "c")),
        read.get(1).before());
    assertSays(
        ":1: the assistant speaks first; there is nothing to answer",
        Format.MESSAGES,
        "m",
        "",
        said.formatted("assistant"));
    assertSays(
        ":1: a message in \"m\" must have the strings role and content",
        Format.MESSAGES,
        "m",
        "",
        "{\"m\": [{\"role\": \"user\"}]}\n");
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ExchangeData(".", Format.JSONL, "s", "t", "", "", "a", "b", 512, 512, 1000));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ExchangeData(".", Format.MESSAGES, "m", "", "x", "", "a", "b", 8, 8, 100));
  }
}
