package dev.heed.bench;

import dev.heed.config.Configs;
import dev.heed.data.DataConfig;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.Transformer;
import dev.heed.task.Recipe;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.util.List;
import java.util.Locale;

/** The two set-ups with a name: post-norm, tied embeddings, dropout on residuals, joint 8k BPE. */
public enum Size {
  /** d 128, feed-forward 256, 4 + 4 layers, 4 heads; 4,096 tokens a batch. */
  TINY(Recipe.Preset.TINY, Transformer.Config.TINY, 4096, 24),
  /** d 512, feed-forward 2048, 6 + 6 layers, 8 heads; 2,048 tokens a batch. */
  LARGE(Recipe.Preset.BASE, Transformer.Config.BASE, 2048, 8);

  private final Recipe.Preset preset;
  private final Transformer.Config model;
  private final int batchTokens;
  private final int steps;

  Size(Recipe.Preset preset, Transformer.Config model, int batchTokens, int steps) {
    this.preset = preset;
    this.model = model;
    this.batchTokens = batchTokens;
    this.steps = steps;
  }

  /**
   * The set-up as a recipe.
   *
   * @param overrides {@code key=value} each
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public Recipe recipe(List<String> overrides) {
    Recipe recipe =
        new Recipe(
            preset,
            DataConfig.DEFAULT,
            TextConfig.DEFAULT,
            model,
            TrainConfig.DEFAULT,
            DecodeConfig.DEFAULT);
    String data = "data: {batchTokens: " + batchTokens + "}";
    return Configs.parse(data, "--size " + name().toLowerCase(Locale.ROOT), recipe, overrides);
  }

  /** Steps of a round: a few seconds' worth. */
  public int steps() {
    return steps;
  }
}
