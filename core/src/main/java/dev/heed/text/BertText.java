package dev.heed.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How BERT's uncased models (Devlin et al. 2019) clean text and cut it into words: lower case, no
 * accents, no control characters; punctuation and Chinese characters are words of their own. Must
 * do as {@code BertNormalizer} and {@code BertPreTokenizer} of Hugging Face's library do.
 */
final class BertText {
  private BertText() {}

  static List<String> words(String line) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    Normalizer.normalize(clean(line), Normalizer.Form.NFD)
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .mapToObj(c -> Character.toString(c).toLowerCase(Locale.ROOT))
        .flatMapToInt(String::codePoints)
        .forEach(
            c -> {
              boolean punctuation = isPunctuation(c);
              if (punctuation || isSpace(c)) {
                flush(word, words);
                if (punctuation) words.add(Character.toString(c));
              } else {
                word.appendCodePoint(c);
              }
            });
    flush(word, words);
    return words;
  }

  private static void flush(StringBuilder word, List<String> words) {
    if (word.length() > 0) words.add(word.toString());
    word.setLength(0);
  }

  private static String clean(String line) {
    var clean = new StringBuilder(line.length());
    line.codePoints()
        .filter(c -> c != 0xFFFD && !isControl(c))
        .forEach(
            c -> {
              if (isSpace(c)) {
                clean.append(' ');
              } else if (isChinese(c)) {
                clean.append(' ').appendCodePoint(c).append(' ');
              } else {
                clean.appendCodePoint(c);
              }
            });
    return clean.toString();
  }

  private static boolean isSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
  }

  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL -> !isSpace(c);
      case Character.FORMAT, Character.UNASSIGNED, Character.PRIVATE_USE -> true;
      default -> false;
    };
  }

  private static boolean isPunctuation(int c) {
    if (c < 0x80) return c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  private static boolean isChinese(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }
}
