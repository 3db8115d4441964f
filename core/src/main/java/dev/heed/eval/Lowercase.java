package dev.heed.eval;

import java.util.Locale;

/**
 * Lower case by Unicode's rules, which are Python's. {@link String#toLowerCase(Locale)} is, but for
 * the final form of the Greek sigma: it takes what ends a word from a break iterator, and so has σ
 * for ς before a hyphen.
 */
final class Lowercase {
  /** Punctuation that can stand inside a word (Word_Break MidLetter, MidNumLet, Single_Quote). */
  private static final String INSIDE_WORDS =
      "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a";

  private Lowercase() {}

  static String of(String line) {
    if (line.indexOf('Σ') < 0) return line.toLowerCase(Locale.ROOT);
    var lower = new StringBuilder();
    int start = 0;
    for (int i = line.indexOf('Σ'); i >= 0; i = line.indexOf('Σ', start)) {
      lower.append(line.substring(start, i).toLowerCase(Locale.ROOT));
      lower.append(casedBefore(line, i) && !casedFrom(line, i + 1) ? 'ς' : 'σ');
      start = i + 1;
    }
    return lower.append(line.substring(start).toLowerCase(Locale.ROOT)).toString();
  }

  private static boolean casedBefore(String line, int end) {
    while (end > 0) {
      int c = line.codePointBefore(end);
      if (!ignorable(c)) return cased(c);
      end -= Character.charCount(c);
    }
    return false;
  }

  private static boolean casedFrom(String line, int start) {
    while (start < line.length()) {
      int c = line.codePointAt(start);
      if (!ignorable(c)) return cased(c);
      start += Character.charCount(c);
    }
    return false;
  }

  private static boolean cased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  private static boolean ignorable(int c) {
    return INSIDE_WORDS.indexOf(c) >= 0
        || switch (Character.getType(c)) {
          case Character.NON_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.FORMAT,
              Character.MODIFIER_LETTER,
              Character.MODIFIER_SYMBOL ->
              true;
          default -> false;
        };
  }
}
