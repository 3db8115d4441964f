package dev.heed.inspect;

import dev.heed.text.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;

/** What to call tokens beside numbers. */
public final class TokenLabels {
  private TokenLabels() {}

  /** What tokens say, with ▁ for a space; parts of a character as the vocabulary spells them. */
  public static List<String> of(Tokenizer tokenizer, int[] ids) {
    return IntStream.of(ids)
        .mapToObj(
            id -> {
              String spelled = tokenizer.token(id);
              if (spelled.startsWith("▁") || spelled.startsWith("##")) return spelled;
              String text = tokenizer.decodeWithSpecials(new int[] {id}).replace(' ', '▁');
              return text.isEmpty() || text.contains("\uFFFD") ? spelled : text;
            })
        .toList();
  }
}
