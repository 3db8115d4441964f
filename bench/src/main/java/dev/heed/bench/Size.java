package dev.heed.bench;

import dev.heed.recipe.Recipe;
import java.util.List;
import java.util.Locale;

/** The two set-ups with a name: post-norm, tied embeddings, dropout on residuals, joint 8k BPE. */
public enum Size {
  /** d 128, feed-forward 256, 4 + 4 layers, 4 heads; 4,096 tokens a batch. */
  TINY("{preset: tiny, data: {batchTokens: 4096}}", 24),
  /** d 512, feed-forward 2048, 6 + 6 layers, 8 heads; 2,048 tokens a batch. */
  LARGE("{preset: base, data: {batchTokens: 2048}}", 8);

  private final String recipe;
  private final int steps;

  Size(String recipe, int steps) {
    this.recipe = recipe;
    this.steps = steps;
  }

  /**
   * The set-up as a recipe.
   *
   * @param overrides {@code key=value} each
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public Recipe recipe(List<String> overrides) {
    return Recipe.parse(recipe, "--size " + name().toLowerCase(Locale.ROOT), overrides);
  }

  /** Steps of a round: a few seconds' worth. */
  public int steps() {
    return steps;
  }
}
