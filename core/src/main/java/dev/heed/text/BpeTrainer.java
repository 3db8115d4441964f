package dev.heed.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019). It spells any text, so
 * decoding gives back exactly what was encoded.
 *
 * @param minFrequency how often a pair must occur to be merged
 */
public record BpeTrainer(int vocabulary, int minFrequency, Specials specials)
    implements TokenizerTrainer {
  public BpeTrainer {
    Corpus.checkFrequency(minFrequency);
  }

  @Override
  public ObjectNode train(Iterable<String> lines) {
    PairMerges learned = learn(lines);
    ObjectNode model = TokenizerFile.part("BPE");
    model.putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    model.set("vocab", TokenizerFile.vocabulary(learned.symbols()));
    ArrayNode merges = model.putArray("merges");
    learned.merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
    ObjectNode tree = TokenizerFile.of(specials, byteLevel(), byteLevel(), model);
    trimSpans(tree);
    return tree;
  }

  PairMerges learn(Iterable<String> lines) {
    var alphabet = new ArrayList<>(specials.tokens());
    alphabet.addAll(ByteLevel.alphabet());
    var learner = new PairMerges(alphabet);
    Corpus.checkSmallest(vocabulary, learner.symbols().size());
    Corpus.count(lines, ByteLevel::words)
        .forEach((word, count) -> learner.add(List.of(word.split("")), count));
    learner.merge(vocabulary, minFrequency, "");
    Corpus.checkLargest(vocabulary, learner.symbols().size());
    return learner;
  }

  /** The space before a word belongs to its token but not to the token's span. */
  private static void trimSpans(ObjectNode tree) {
    ObjectNode sequence = TokenizerFile.part("Sequence");
    ArrayNode processors = sequence.putArray("processors").add(byteLevel());
    if (tree.get("post_processor") instanceof ObjectNode template) processors.add(template);
    tree.set("post_processor", sequence);
  }

  /** No space is put before a text that has none, or decoding would not give the text back. */
  private static ObjectNode byteLevel() {
    return TokenizerFile.part("ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }
}
