package dev.heed.task;

import dev.heed.config.UserError;

/** How many texts a model reads at a time. */
final class Batches {
  static final int DEFAULT = 32;

  private Batches() {}

  static void check(int batch) {
    if (batch < 1) throw new UserError("a batch must have at least 1 text, not " + batch);
  }
}
