package dev.heed.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import java.util.Map;
import java.util.TreeMap;

/** Learns a vocabulary from a corpus. */
@FunctionalInterface
public interface TokenizerTrainer {
  /** The kinds by name; each is made of vocabulary size, least frequency and special tokens. */
  Map<String, Factory> KINDS =
      Map.of(
          "bpe", BpeTrainer::new,
          "wordpiece", WordPieceTrainer::new,
          "unigram", UnigramTrainer::new,
          "characters", CharacterTrainer::new);

  /** Makes a trainer of one kind; each trainer's own page says what the least frequency is of. */
  @FunctionalInterface
  interface Factory {
    TokenizerTrainer make(int vocabulary, int minFrequency, Specials specials);
  }

  /**
   * Learns from the lines, each one text without its line end, read once.
   *
   * @return a tokenizer.json tree, for {@link Tokenizer#of}; the same lines give the same tree
   * @throws UserError if the corpus has no text, or the vocabulary asked for is larger than the
   *     corpus allows (but for characters) or too small for the alphabet
   */
  ObjectNode train(Iterable<String> lines);

  /**
   * The trainer of a kind, with the special tokens {@link Specials#SEQUENCE}.
   *
   * @param kind one of {@link #KINDS}
   * @param vocabulary how many tokens, special ones included
   * @param minFrequency how often something must occur to become a token; at least 1
   * @throws UserError if there is no such kind or a number is out of range
   */
  static TokenizerTrainer of(String kind, int vocabulary, int minFrequency) {
    return of(kind, vocabulary, minFrequency, Specials.SEQUENCE);
  }

  /** As above, with other special tokens. */
  static TokenizerTrainer of(String kind, int vocabulary, int minFrequency, Specials specials) {
    Factory factory = KINDS.get(kind);
    if (factory == null) {
      throw new UserError(
          "There is no tokenizer kind \""
              + kind
              + "\": choose one of "
              + String.join(", ", new TreeMap<>(KINDS).keySet())
              + ".");
    }
    return factory.make(vocabulary, minFrequency, specials);
  }
}
