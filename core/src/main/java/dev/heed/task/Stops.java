package dev.heed.task;

import dev.heed.decode.Start;
import dev.heed.text.TextStream;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Watches the text of an output for strings that end it, and hands on what comes before them, as
 * soon as it can't be the beginning of one.
 */
final class Stops implements Start.Stop {
  private final Optional<Tokenizer> tokenizer;
  private final int[] prompt;
  private final List<String> strings;
  private final boolean byToken;
  private final Optional<Consumer<String>> pieces;
  private final List<Text> texts = new ArrayList<>(); // of each hypothesis, if byToken

  /** What a hypothesis says so far. */
  private static final class Text {
    final TextStream stream;
    final StringBuilder said = new StringBuilder();
    int handedOn;

    Text(TextStream stream) {
      this.stream = stream;
    }
  }

  /**
   * @param byToken whether each hypothesis is told its tokens one by one
   * @param pieces takes the text of the only hypothesis, if anyone does
   */
  Stops(
      Optional<Tokenizer> tokenizer,
      int[] prompt,
      List<String> strings,
      boolean byToken,
      Optional<Consumer<String>> pieces) {
    this.tokenizer = tokenizer;
    this.prompt = prompt;
    this.strings = strings;
    this.byToken = byToken;
    this.pieces = pieces;
  }

  @Override
  public boolean after(int hypothesis, int[] tokens) {
    if (tokenizer.isEmpty() || strings.isEmpty() && pieces.isEmpty()) return false;
    if (!byToken) return find(TextStream.text(tokenizer.get(), prompt, tokens)).isPresent();
    while (texts.size() <= hypothesis) texts.add(new Text(new TextStream(tokenizer.get(), prompt)));
    Text text = texts.get(hypothesis);
    text.said.append(text.stream.push(tokens[tokens.length - 1]));
    String said = text.said.toString();
    handOn(text, find(said).orElse(said.length() - held(said)));
    return find(said).isPresent();
  }

  /** Hands on what was held back, as nothing comes any more. */
  void end() {
    for (Text text : texts) {
      text.said.append(text.stream.end());
      String said = text.said.toString();
      handOn(text, find(said).orElse(said.length()));
    }
  }

  private void handOn(Text text, int until) {
    if (until <= text.handedOn) return;
    String piece = text.said.substring(text.handedOn, until);
    pieces.ifPresent(taker -> taker.accept(piece));
    text.handedOn = until;
  }

  /** Where the first stop string begins. */
  OptionalInt find(String text) {
    return strings.stream().mapToInt(text::indexOf).filter(place -> place >= 0).min();
  }

  /** How many characters at the end may be the beginning of a stop string. */
  private int held(String text) {
    int most = strings.stream().mapToInt(String::length).max().orElse(1) - 1;
    for (int length = Math.min(most, text.length()); length > 0; length--) {
      String end = text.substring(text.length() - length);
      if (strings.stream().anyMatch(stop -> stop.startsWith(end))) return length;
    }
    return 0;
  }
}
