package dev.heed.eval;

import java.util.regex.Pattern;

/** The steps of NIST's mteval-v13a.pl that its descendants, 13a, zh and Tercom, share. */
final class WesternText {
  /** ASCII punctuation but for the apostrophe, comma, hyphen and full stop. */
  private static final Pattern PUNCTUATION = Pattern.compile("[{-~\\[-` -&(-+:-@/]");

  private static final Pattern STOP_AFTER_OTHER = Pattern.compile("([^0-9])([.,])");
  private static final Pattern STOP_BEFORE_OTHER = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  private WesternText() {}

  static String unescape(String line) {
    return line.replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
  }

  static String splitPunctuation(String line) {
    return PUNCTUATION.matcher(line).replaceAll(" $0 ");
  }

  /** Splits off full stops and commas that are not inside a number, and dashes after a digit. */
  static String splitAroundNumbers(String line) {
    line = STOP_AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
    line = STOP_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
    return DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
  }
}
