package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Example;
import dev.heed.data.Exchange;
import dev.heed.data.ExchangeData;
import dev.heed.data.TokenBatch;
import dev.heed.hub.SequenceIds;
import dev.heed.task.Fitting;
import dev.heed.task.TooLong;
import dev.heed.text.ChatTemplate;
import dev.heed.text.ChatTemplate.Message;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Exchanges as ids.
 *
 * @param positions the longest text that the model takes
 */
record ExchangeExamples(Tokenizer tokenizer, ExchangeData data, int positions) {
  /**
   * An exchange as a model is trained on it.
   *
   * @param prompt what the model reads before it writes
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prepared(int[] prompt, Example example) {}

  /**
   * The sides apart: what an encoder reads, and what a decoder writes, framed as the tokenizer
   * does.
   */
  List<Prepared> apart(List<Exchange> exchanges, SequenceIds ids) {
    if (data.format() == ExchangeData.Format.MESSAGES)
      throw new UserError(
          "data.format is messages, which a decoder alone learns from: give pairs (tsv, jsonl)");
    List<int[]> sources =
        fitting(data.maxSource()).ids(exchanges.stream().map(Exchange::source).toList());
    List<int[]> targets =
        fitting(data.maxTarget()).ids(exchanges.stream().map(Exchange::answer).toList());
    List<Prepared> prepared = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      int[] target = targets.get(i);
      // A target that tells the language has it behind the end.
      if (ids.first().isPresent() && target[target.length - 1] != ids.end())
        target = ended(target, ids.end(), Math.min(data.maxTarget(), positions));
      prepared.add(new Prepared(sources.get(i), new Example(sources.get(i), target, i + 1L)));
    }
    return prepared;
  }

  private Fitting fitting(int most) {
    return new Fitting(tokenizer, Math.min(most, positions), TooLong.CUT, 1);
  }

  private static int[] ended(int[] ids, int end, int most) {
    int length = Math.min(ids.length, most - 1);
    int[] ended = Arrays.copyOf(ids, length + 1);
    ended[length] = end;
    return ended;
  }

  /**
   * One row of both: each token is to say the next, and those of the answer and the end token
   * count.
   *
   * @param end what an answer ends with
   * @param ends what ends a text
   */
  List<Prepared> joined(
      List<Exchange> exchanges, Optional<ChatTemplate> chat, int end, IntPredicate ends) {
    List<Prepared> prepared = new ArrayList<>();
    for (Exchange exchange : exchanges) {
      Halves halves = halves(exchange, chat);
      int[] answer = answer(halves.answer, end, ends);
      int room = Math.max(1, Math.min(data.maxSource(), positions + 1 - answer.length));
      int[] prompt = halves.prompt;
      if (prompt.length > room)
        prompt = Arrays.copyOfRange(prompt, prompt.length - room, prompt.length);
      prepared.add(new Prepared(prompt, example(prompt, answer, prepared.size() + 1L)));
    }
    return prepared;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Halves(int[] prompt, int[] answer) {}

  /**
   * An answer's tokens are those that it has behind the prompt, unless the two share a token, or
   * the chat template writes the prompt otherwise where an answer follows: then those of its own.
   */
  private Halves halves(Exchange exchange, Optional<ChatTemplate> chat) {
    boolean told = data.format() == ExchangeData.Format.MESSAGES;
    Tokenizer framing = told ? tokenizer.withoutSpecials() : tokenizer;
    String asked = told ? rendered(exchange, chat) : exchange.source();
    String whole = told ? answered(exchange, chat.orElseThrow()) : asked + exchange.answer();
    int[] prompt = framing.encode(asked);
    int[] both = framing.encode(whole);
    boolean begins =
        both.length > prompt.length
            && Arrays.equals(both, 0, prompt.length, prompt, 0, prompt.length);
    return new Halves(
        prompt,
        begins
            ? Arrays.copyOfRange(both, prompt.length, both.length)
            : tokenizer.withoutSpecials().encode(exchange.answer()));
  }

  private static String rendered(Exchange exchange, Optional<ChatTemplate> chat) {
    return chat.orElseThrow(
            () ->
                new UserError(
                    "data.format is messages, and the model has no chat template: give it a chat_template.jinja"))
        .render(exchange.before());
  }

  private static String answered(Exchange exchange, ChatTemplate chat) {
    Message answer = new Message("assistant", exchange.answer());
    return chat.renderAnswered(
        Stream.concat(exchange.before().stream(), Stream.of(answer)).toList());
  }

  /** Up to the first end token; one that is cut off has none. */
  private int[] answer(int[] ids, int end, IntPredicate ends) {
    int first =
        IntStream.range(0, ids.length).filter(i -> ends.test(ids[i])).findFirst().orElse(-1);
    int[] whole = first >= 0 ? Arrays.copyOf(ids, first + 1) : ended(ids, end, ids.length + 1);
    return Arrays.copyOf(whole, Math.min(whole.length, Math.min(data.maxTarget(), positions)));
  }

  private static Example example(int[] prompt, int[] answer, long number) {
    int[] all = IntStream.concat(IntStream.of(prompt), IntStream.of(answer)).toArray();
    int[] labels = Arrays.copyOfRange(all, 1, all.length);
    Arrays.fill(labels, 0, Math.max(0, prompt.length - 1), TokenBatch.IGNORED);
    return new Example(Arrays.copyOf(all, all.length - 1), labels, number);
  }
}
