package dev.heed.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.heed.config.UserError;
import dev.heed.data.Exchange;
import dev.heed.data.ExchangeData;
import dev.heed.data.TokenBatch;
import dev.heed.hub.SequenceIds;
import dev.heed.recipe.ExchangeExamples.Prepared;
import dev.heed.text.ChatTemplate;
import dev.heed.text.ChatTemplate.Message;
import dev.heed.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ExchangeExamplesTest {
  private static final int NONE = TokenBatch.IGNORED;
  private static final int END = 2;
  private static final SequenceIds IDS = new SequenceIds(0, OptionalInt.of(0), END);
  private static final Tokenizer BARE = WriterFolder.GPT2.tokenizer();
  private static final Exchange PAIR =
      new Exchange(List.of(new Message("user", "is it rain today :")), "it is wet", "x:1");
  private static final Exchange CHAT =
      new Exchange(
          List.of(
              new Message("user", "sun"),
              new Message("assistant", "warm"),
              new Message("user", "rain")),
          "wet outside",
          "x:1");
  private static final ChatTemplate TEMPLATE =
      ChatTemplate.of(
          "test",
          "{% for m in messages %}{{ m.role }} : {{ m.content }}{% if m.role == 'assistant' %}</s>{% endif %} {% endfor %}{% if add_generation_prompt %}assistant : {% endif %}",
          JsonNodeFactory.instance.objectNode());

  private static ExchangeData data(ExchangeData.Format format, int maxSource, int maxTarget) {
    return new ExchangeData(
        ".", format, "source", "target", "", "", "train", "dev", maxSource, maxTarget, 512);
  }

  private static ExchangeExamples examples(Tokenizer tokenizer, int maxSource, int maxTarget) {
    return new ExchangeExamples(
        tokenizer, data(ExchangeData.Format.JSONL, maxSource, maxTarget), 100);
  }

  /** Ids of words, {@code </s>} among them. */
  private static int[] ids(String... words) {
    return Arrays.stream(words).mapToInt(word -> BARE.id(word).orElseThrow()).toArray();
  }

  private static int[] unscored(int count, int... scored) {
    return IntStream.concat(IntStream.generate(() -> NONE).limit(count), IntStream.of(scored))
        .toArray();
  }

  private static Prepared joined(ExchangeExamples examples, Exchange exchange) {
    return examples.joined(List.of(exchange), Optional.of(TEMPLATE), END, id -> id == END).get(0);
  }

  @Test
  void onlyTheAnswerAndItsEndAreScored() {
    Prepared prepared = joined(examples(BARE, 50, 50), PAIR);
    assertArrayEquals(ids("is", "it", "rain", "today", ":"), prepared.prompt());
    assertArrayEquals(
        ids("is", "it", "rain", "today", ":", "it", "is", "wet"), prepared.example().source());
    assertArrayEquals(unscored(4, ids("it", "is", "wet", "</s>")), prepared.example().target());
  }

  @Test
  void aLongPromptLosesItsBeginningAndALongAnswerItsEnd() {
    Prepared prepared = joined(examples(BARE, 3, 2), PAIR);
    assertArrayEquals(ids("rain", "today", ":"), prepared.prompt());
    assertArrayEquals(ids("rain", "today", ":", "it"), prepared.example().source());
    assertArrayEquals(unscored(2, ids("it", "is")), prepared.example().target());
    // The model itself may take less.
    var small = new ExchangeExamples(BARE, data(ExchangeData.Format.JSONL, 50, 50), 6);
    assertEquals(6, joined(small, PAIR).example().source().length);
  }

  @Test
  void aConversationIsWrittenByTheTemplate() {
    var examples = new ExchangeExamples(BARE, data(ExchangeData.Format.MESSAGES, 50, 50), 100);
    Prepared prepared = joined(examples, CHAT);
    int[] prompt =
        ids(
            "user",
            ":",
            "sun",
            "assistant",
            ":",
            "warm",
            "</s>",
            "user",
            ":",
            "rain",
            "assistant",
            ":");
    assertArrayEquals(prompt, prepared.prompt());
    // The template's own end token ends the answer: none is added, and nothing is behind it.
    assertArrayEquals(
        unscored(prompt.length - 1, ids("wet", "outside", "</s>")), prepared.example().target());
    UserError error =
        assertThrows(
            UserError.class,
            () -> examples.joined(List.of(CHAT), Optional.empty(), END, id -> id == END));
    assertTrue(error.getMessage().contains("has no chat template"), error.getMessage());
    assertThrows(UserError.class, () -> examples.apart(List.of(CHAT), IDS));
  }

  @Test
  void anEncoderAndADecoderReadEachItsSide() {
    Tokenizer framed = WriterFolder.BART.tokenizer();
    Prepared whole = examples(framed, 50, 50).apart(List.of(PAIR), IDS).get(0);
    assertArrayEquals(
        ids("<s>", "is", "it", "rain", "today", ":", "</s>"), whole.example().source());
    assertArrayEquals(ids("<s>", "it", "is", "wet", "</s>"), whole.example().target());
    Prepared cut = examples(framed, 4, 3).apart(List.of(PAIR), IDS).get(0);
    assertArrayEquals(ids("<s>", "is", "it", "</s>"), cut.prompt());
    assertArrayEquals(ids("<s>", "it", "</s>"), cut.example().target());
    // What a tokenizer doesn't end is ended, unless the last token tells the language.
    Prepared bare = examples(BARE, 50, 3).apart(List.of(PAIR), IDS).get(0);
    assertArrayEquals(ids("it", "is", "</s>"), bare.example().target());
    var language = new SequenceIds(0, OptionalInt.empty(), END);
    Prepared told = examples(BARE, 50, 50).apart(List.of(PAIR), language).get(0);
    assertArrayEquals(ids("it", "is", "wet"), told.example().target());
    assertEquals(ids("wet")[0], language.start(told.example().target()));
  }
}
