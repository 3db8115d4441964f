package dev.heed.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/**
 * The unigram language model (Kudo 2018, "Subword regularization", section 3.2): a text is cut into
 * the pieces with the highest product of probabilities. Training begins with many frequent
 * substrings, and in turns fits their probabilities by EM and drops those that the likelihood of
 * the corpus would miss least, until the size asked for is left. All characters are kept.
 *
 * <p>As in SentencePiece, a space is {@code ▁} (U+2581) and one is put before every text. Spaces at
 * a text's ends are not told apart from it, and a character that the corpus lacks is unknown.
 *
 * @param minFrequency how often a substring must occur to be considered; at least 2 is taken, since
 *     a substring seen once tells nothing
 */
public record UnigramTrainer(int vocabulary, int minFrequency, Specials specials)
    implements TokenizerTrainer {
  private static final char SPACE = '▁';
  private static final int EM_STEPS = 2;
  private static final double SHRINKING_FACTOR = 0.75;

  /** How far the pruning stops short of the final size; the last cut goes by probability. */
  private static final double MARGIN = 1.1;

  /** A piece expected fewer times than this leaves the vocabulary early. */
  private static final double LEAST_EXPECTED = 0.5;

  public UnigramTrainer {
    Corpus.checkFrequency(minFrequency);
  }

  @Override
  public ObjectNode train(Iterable<String> lines) {
    Map<String, Long> words = Corpus.count(lines, UnigramTrainer::words);
    UnigramSeeds seeds = UnigramSeeds.of(words, Math.max(2, minFrequency), specials);
    int size = vocabulary - specials.tokens().size();
    Corpus.checkSmallest(vocabulary, specials.tokens().size() + seeds.characters());
    Corpus.checkLargest(vocabulary, specials.tokens().size() + seeds.pieces().size());

    var model = new UnigramModel(seeds, words);
    while (true) {
      for (int i = 0; i < EM_STEPS; i++) model.expectationMaximization(LEAST_EXPECTED, size);
      int target = (int) (size * MARGIN);
      if (model.size() <= target) break;
      model.prune(Math.max(target, (int) (model.size() * SHRINKING_FACTOR)));
    }
    return tree(model.best(size));
  }

  private ObjectNode tree(List<UnigramModel.Piece> pieces) {
    ObjectNode model = TokenizerFile.part("Unigram");
    model.put("unk_id", specials.tokens().indexOf(specials.unk()));
    ArrayNode vocab = model.putArray("vocab");
    specials.tokens().forEach(token -> vocab.addArray().add(token).add(0.0));
    pieces.forEach(piece -> vocab.addArray().add(piece.text()).add(rounded(piece)));
    model.put("byte_fallback", false);
    return TokenizerFile.of(specials, metaspace(), metaspace(), model);
  }

  /** To 15 digits, so that every reader of the file reads the same number. */
  private static BigDecimal rounded(UnigramModel.Piece piece) {
    return new BigDecimal(piece.logProbability()).round(new MathContext(15));
  }

  private static List<String> words(String line) {
    if (line.isEmpty()) return List.of();
    String text = line.replace(' ', SPACE);
    if (text.charAt(0) != SPACE) text = SPACE + text;
    return List.of(text.split("(?=" + SPACE + ")"));
  }

  private static ObjectNode metaspace() {
    return TokenizerFile.part("Metaspace")
        .put("replacement", String.valueOf(SPACE))
        .put("prepend_scheme", "always")
        .put("split", true);
  }
}
