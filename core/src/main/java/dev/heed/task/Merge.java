package dev.heed.task;

/** How the labels of tokens become entities, as Hugging Face's aggregation strategies do it. */
public enum Merge {
  /** Each token by itself, with the label as the model has it. */
  NONE,
  /** Neighbours of one type make an entity; a word may be torn. */
  SIMPLE,
  /** As {@link #SIMPLE}, of whole words: a word has its first token's label. */
  FIRST,
  /** … the label with the highest score of any of its tokens. */
  MAX,
  /** … the label with the highest mean score of its tokens. */
  AVERAGE
}
