package dev.heed.model;

import dev.heed.config.Key;
import java.util.OptionalInt;

/**
 * A {@link Vocabulary} as config.json tells it.
 *
 * @param target tokens of the target side; empty if they are the source's
 */
public record StoredVocabulary(
    @Key("vocab_size") int source,
    @Key("decoder_vocab_size") OptionalInt target,
    @Key("pad_token_id") int pad,
    @Key("decoder_start_token_id") int bos,
    @Key("eos_token_id") int eos) {
  /** Where config.json is silent. */
  static final StoredVocabulary DEFAULT =
      new StoredVocabulary(30_000, OptionalInt.empty(), 0, 1, 2);

  static StoredVocabulary of(Vocabulary v) {
    return new StoredVocabulary(v.source(), OptionalInt.of(v.target()), v.pad(), v.bos(), v.eos());
  }

  Vocabulary vocabulary() {
    return new Vocabulary(source, target.orElse(source), pad, bos, eos);
  }
}
