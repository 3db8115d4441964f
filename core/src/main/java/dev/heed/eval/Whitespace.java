package dev.heed.eval;

import java.util.ArrayList;
import java.util.List;

/**
 * Whitespace as sacreBLEU sees it, which is Python's {@code str.isspace}: unlike {@link
 * Character#isWhitespace} it takes in the no-break spaces and next-line (U+0085).
 */
final class Whitespace {
  private Whitespace() {}

  static boolean is(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= 0x1c && c <= 0x1f)
        || c == 0x85
        || Character.isSpaceChar(c);
  }

  /** The runs of other characters. */
  static List<String> words(String line) {
    var words = new ArrayList<String>();
    int start = 0;
    for (int end = 0; end <= line.length(); end++) {
      if (end == line.length() || is(line.charAt(end))) {
        if (end > start) words.add(line.substring(start, end));
        start = end + 1;
      }
    }
    return words;
  }

  static String remove(String line) {
    return String.join("", words(line));
  }

  static String stripStart(String line) {
    int start = 0;
    while (start < line.length() && is(line.charAt(start))) start++;
    return line.substring(start);
  }

  static String stripEnd(String line) {
    int end = line.length();
    while (end > 0 && is(line.charAt(end - 1))) end--;
    return line.substring(0, end);
  }
}
