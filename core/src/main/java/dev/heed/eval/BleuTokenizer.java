package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How BLEU cuts a line into tokens; the score is comparable only under the same tokenizer. */
public enum BleuTokenizer {
  /** That of NIST's mteval-v13a.pl, WMT's default: Western punctuation split off. */
  V13A("13a"),
  /** That of mteval-v14.pl: punctuation and symbols of every script split off. */
  INTL("intl"),
  /** Every character a token. */
  CHAR("char"),
  /** Every Chinese character a token, and the rest as under 13a. */
  ZH("zh"),
  /** Split at whitespace alone: for text that is tokenized already. */
  NONE("none");

  private static final Pattern PUNCTUATION_AFTER_OTHER = Pattern.compile("(\\P{N})(\\p{P})");
  private static final Pattern PUNCTUATION_BEFORE_OTHER = Pattern.compile("(\\p{P})(\\P{N})");
  private static final Pattern SYMBOL = Pattern.compile("\\p{S}");

  /**
   * sacreBLEU's ranges of Chinese characters. They hold U+2001–2A6D, which is general punctuation
   * and mathematics, because its bounds for Extension B are spelled with four hexadecimal digits
   * and a fifth character; and for the same reason they leave Extension B itself out.
   */
  private static final Pattern CHINESE =
      Pattern.compile(
          "[\\u2001-\\u2a6d\\u2e80-\\u2fdf\\u2ff0-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf"
              + "\\u31c0-\\u31ef\\u3200-\\u4db5\\u4e00-\\u9fbb\\uf900-\\ufa2d\\ufa30-\\ufa6a"
              + "\\ufa70-\\ufad9\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef]");

  private final String id;

  BleuTokenizer(String id) {
    this.id = id;
  }

  /** sacreBLEU's name for it. */
  public String id() {
    return id;
  }

  /**
   * The tokenizer that sacreBLEU calls by this name.
   *
   * @throws UserError if no tokenizer has this name
   */
  public static BleuTokenizer of(String id) {
    return Arrays.stream(values())
        .filter(tokenizer -> tokenizer.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "There is no BLEU tokenizer '%s': choose one of %s."
                        .formatted(
                            id,
                            Arrays.stream(values())
                                .map(BleuTokenizer::id)
                                .collect(Collectors.joining(", ")))));
  }

  /** The line's tokens; none of an empty line. */
  public List<String> tokenize(String line) {
    line = Whitespace.stripEnd(line);
    return Whitespace.words(
        switch (this) {
          case V13A -> v13a(line);
          case INTL -> intl(line);
          case CHAR -> chars(line);
          case ZH -> zh(line);
          case NONE -> line;
        });
  }

  private static String v13a(String line) {
    line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', ' ');
    return western(" " + WesternText.unescape(line) + " ");
  }

  private static String intl(String line) {
    line = PUNCTUATION_AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
    line = PUNCTUATION_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
    return SYMBOL.matcher(line).replaceAll(" $0 ");
  }

  private static String chars(String line) {
    return line.codePoints().mapToObj(Character::toString).collect(Collectors.joining(" "));
  }

  private static String zh(String line) {
    return western(CHINESE.matcher(Whitespace.stripStart(line)).replaceAll(" $0 "));
  }

  private static String western(String line) {
    return WesternText.splitAroundNumbers(WesternText.splitPunctuation(line));
  }
}
