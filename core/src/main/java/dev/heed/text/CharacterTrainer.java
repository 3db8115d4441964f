package dev.heed.text;

import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The characters of a corpus (Unicode code points, spaces too), the most frequent first. A text of
 * these characters decodes to itself; any other character is unknown.
 *
 * @param vocabulary how many tokens at most, special ones included: a corpus has the characters
 *     that it has
 * @param minFrequency how often a character must occur to become a token
 */
public record CharacterTrainer(int vocabulary, int minFrequency, Specials specials)
    implements TokenizerTrainer {
  public CharacterTrainer {
    Corpus.checkFrequency(minFrequency);
  }

  @Override
  public ObjectNode train(Iterable<String> lines) {
    Map<String, Long> counts = Corpus.count(lines, CharacterTrainer::characters);
    var tokens = new LinkedHashSet<>(specials.tokens());
    Corpus.checkSmallest(vocabulary, tokens.size() + 1);
    counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= minFrequency)
        .sorted(
            Map.Entry.<String, Long>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(vocabulary - tokens.size())
        .forEach(entry -> tokens.add(entry.getKey()));

    // Byte-pair encoding without a merge: many times faster than cutting by a regular expression.
    ObjectNode model = TokenizerFile.part("BPE").put("unk_token", specials.unk());
    model.set("vocab", TokenizerFile.vocabulary(List.copyOf(tokens)));
    model.putArray("merges");
    return TokenizerFile.of(specials, NullNode.instance, TokenizerFile.part("Fuse"), model);
  }

  private static List<String> characters(String line) {
    return line.codePoints().mapToObj(Character::toString).toList();
  }
}
