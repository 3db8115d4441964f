package dev.heed.eval;

import java.util.List;
import java.util.regex.Pattern;

/** Tercom's Normalizer.java, as sacreBLEU has it. */
final class TercomTokenizer {
  private static final Pattern PUNCTUATION = Pattern.compile("[.,?:;!\"()]");

  /** Ideographic and full-width punctuation. */
  private static final String ASIAN_MARKS =
      "\\u3001\\u3002\\u3008-\\u3011\\u3014-\\u301f\\u30fb\\uff61-\\uff65"
          + "\\uff01\\uff02\\uff08\\uff09\\uff0c\\uff0e\\uff1a\\uff1b\\uff1f";

  private static final Pattern ASIAN_PUNCTUATION = Pattern.compile("[" + ASIAN_MARKS + "]");

  /**
   * What stands alone in Asian text. The range from U+3200 was meant to end at U+32FF, but ends at
   * U+3F22 in sacreBLEU; and its rules for runs of kana match nothing, as they look for the start
   * of a line that by then starts with a space.
   */
  private static final Pattern ASIAN_CHARACTER =
      Pattern.compile(
          "[\\u2e80-\\u2eff\\u31c0-\\u31ef\\u3200-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\ufe30-\\ufe4f"
              + ASIAN_MARKS
              + "]");

  private final Ter.Options options;

  TercomTokenizer(Ter.Options options) {
    this.options = options;
  }

  List<String> tokenize(String line) {
    line = Whitespace.stripEnd(line);
    if (!options.caseSensitive()) line = Lowercase.of(line);
    if (options.normalized()) {
      line = normalize(line);
      if (options.asianSupport()) line = ASIAN_CHARACTER.matcher(line).replaceAll(" $0 ");
    }
    if (options.noPunct()) {
      line = PUNCTUATION.matcher(line).replaceAll("");
      if (options.asianSupport()) line = ASIAN_PUNCTUATION.matcher(line).replaceAll("");
    }
    return Whitespace.words(line);
  }

  private static String normalize(String line) {
    line = WesternText.unescape(line.replace("\n-", "").replace('\n', ' '));
    line = WesternText.splitPunctuation(" " + line + " ").replace("'s ", " 's ");
    return WesternText.splitAroundNumbers(line);
  }
}
