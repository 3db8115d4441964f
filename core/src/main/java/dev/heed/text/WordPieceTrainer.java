package dev.heed.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * WordPiece over BERT's uncased text (Schuster and Nakajima 2012; Devlin et al. 2019): encoding
 * takes the longest piece first. As in Hugging Face's library, training is byte-pair encoding on
 * characters, where a symbol that does not begin its word is marked {@code ##}. Case, accents and
 * the exact spaces are lost.
 *
 * @param minFrequency how often a pair must occur to be merged
 */
public record WordPieceTrainer(int vocabulary, int minFrequency, Specials specials)
    implements TokenizerTrainer {
  private static final String PREFIX = "##";

  public WordPieceTrainer {
    Corpus.checkFrequency(minFrequency);
  }

  @Override
  public ObjectNode train(Iterable<String> lines) {
    Map<String, Long> words = Corpus.count(lines, BertText::words);
    ObjectNode model = TokenizerFile.part("WordPiece").put("unk_token", specials.unk());
    model.put("continuing_subword_prefix", PREFIX).put("max_input_chars_per_word", 100);
    model.set("vocab", TokenizerFile.vocabulary(learn(words, alphabet(words)).symbols()));
    ObjectNode tree =
        TokenizerFile.of(
            specials,
            TokenizerFile.part("BertPreTokenizer"),
            TokenizerFile.part("WordPiece").put("prefix", PREFIX).put("cleanup", true),
            model);
    ObjectNode normalizer = TokenizerFile.part("BertNormalizer");
    normalizer.put("clean_text", true).put("handle_chinese_chars", true);
    tree.set("normalizer", normalizer.putNull("strip_accents").put("lowercase", true));
    return tree;
  }

  /**
   * The special tokens, then all characters, then those that continue a word, each in the order of
   * their code points. Hugging Face's trainer numbers the last group in no fixed order.
   */
  List<String> alphabet(Map<String, Long> words) {
    var characters = new TreeSet<Integer>();
    var continuing = new TreeSet<Integer>();
    for (String word : words.keySet()) {
      word.codePoints().forEach(characters::add);
      word.codePoints().skip(1).forEach(continuing::add);
    }
    var alphabet = new LinkedHashSet<>(specials.tokens());
    characters.forEach(c -> alphabet.add(Character.toString(c)));
    continuing.forEach(c -> alphabet.add(PREFIX + Character.toString(c)));
    return List.copyOf(alphabet);
  }

  PairMerges learn(Map<String, Long> words, List<String> alphabet) {
    Corpus.checkSmallest(vocabulary, alphabet.size());
    var learner = new PairMerges(alphabet);
    words.forEach((word, count) -> learner.add(spell(word), count));
    learner.merge(vocabulary, minFrequency, PREFIX);
    Corpus.checkLargest(vocabulary, learner.symbols().size());
    return learner;
  }

  private static List<String> spell(String word) {
    var symbols = new ArrayList<String>();
    word.codePoints()
        .mapToObj(Character::toString)
        .forEach(c -> symbols.add(symbols.isEmpty() ? c : PREFIX + c));
    return symbols;
  }
}
