package dev.heed.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How GPT-2 (Radford et al. 2019) cuts text into words and spells them: each byte of the UTF-8 text
 * is one visible character, so that 256 symbols spell any text.
 */
final class ByteLevel {
  private static final Pattern WORD =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static final char[] SYMBOLS = symbols();

  private ByteLevel() {}

  /** The 256 symbols in the order of their characters. */
  static List<String> alphabet() {
    return new String(SYMBOLS).chars().sorted().mapToObj(Character::toString).toList();
  }

  /** The words of a line, spelled in symbols; a space belongs to the word after it. */
  static List<String> words(String line) {
    var words = new ArrayList<String>();
    for (Matcher match = WORD.matcher(line); match.find(); ) {
      byte[] bytes = match.group().getBytes(StandardCharsets.UTF_8);
      var word = new StringBuilder(bytes.length);
      for (byte b : bytes) word.append(SYMBOLS[b & 0xFF]);
      words.add(word.toString());
    }
    return words;
  }

  /** Visible Latin-1 bytes stand for themselves; the others are moved to U+0100 and after. */
  private static char[] symbols() {
    var symbols = new char[256];
    char next = 0x100;
    for (char b = 0; b < 256; b++) {
      boolean visible = (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD);
      symbols[b] = visible ? b : next++;
    }
    return symbols;
  }
}
