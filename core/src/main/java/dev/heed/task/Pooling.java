package dev.heed.task;

/** How one vector is made of those of a text's tokens. */
public enum Pooling {
  /** Their mean, special tokens included. */
  MEAN,
  /** The first token's. */
  CLS
}
