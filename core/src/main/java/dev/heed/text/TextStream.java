package dev.heed.text;

import java.util.Arrays;

/**
 * The text of tokens that come one by one, in pieces that never split a character: a token that
 * ends amid one waits for the next.
 *
 * <p>What a token says can hang on those before it, such as whether a space is written, so a few of
 * them are decoded with it, and the text that they give alone is left out.
 */
public final class TextStream {
  private static final String UNFINISHED = "\uFFFD";
  private static final int CONTEXT = 8;

  private final Tokenizer tokenizer;
  private int[] tokens;
  private int from; // where decoding begins
  private int said; // the tokens before are in what was given out

  /**
   * @param prompt the tokens before the first
   */
  public TextStream(Tokenizer tokenizer, int[] prompt) {
    this.tokenizer = tokenizer;
    tokens = prompt.clone();
    said = tokens.length;
    from = Math.max(0, said - CONTEXT);
  }

  /** The whole text of tokens after a prompt. */
  public static String text(Tokenizer tokenizer, int[] prompt, int[] tokens) {
    var stream = new TextStream(tokenizer, prompt);
    var text = new StringBuilder();
    for (int token : tokens) text.append(stream.push(token));
    return text.append(stream.end()).toString();
  }

  /** What can be said for certain, now that this token has come; empty if nothing. */
  public String push(int token) {
    tokens = Arrays.copyOf(tokens, tokens.length + 1);
    tokens[tokens.length - 1] = token;
    String text = unsaid();
    if (text.isEmpty() || text.endsWith(UNFINISHED)) return "";
    from = said;
    said = tokens.length;
    return text;
  }

  /** What is left when no token comes any more: an unfinished character is spelled U+FFFD. */
  public String end() {
    String text = unsaid();
    from = said;
    said = tokens.length;
    return text;
  }

  private String unsaid() {
    String before = tokenizer.decode(Arrays.copyOfRange(tokens, from, said));
    String now = tokenizer.decode(Arrays.copyOfRange(tokens, from, tokens.length));
    return now.length() > before.length() ? now.substring(before.length()) : "";
  }
}
