package dev.heed.text;

import dev.heed.config.Doc;

/** How text becomes tokens. */
public record TextConfig(
    @Doc("`bpe` (byte-level), `wordpiece`, `unigram` or `characters`") String kind,
    @Doc("tokens of a vocabulary, special ones included; for `characters` the most that are kept")
        int vocabulary,
    @Doc(
            "how often a pair (`bpe`, `wordpiece`), substring (`unigram`) or character must occur to be learned")
        int minFrequency,
    @Doc("one vocabulary for both sides") boolean joint) {
  public static final TextConfig DEFAULT = new TextConfig("bpe", 8000, 2, true);

  public TextConfig {
    if (vocabulary < 1)
      throw new IllegalArgumentException("vocabulary must be at least 1, not " + vocabulary);
    if (minFrequency < 1)
      throw new IllegalArgumentException("minFrequency must be at least 1, not " + minFrequency);
  }
}
