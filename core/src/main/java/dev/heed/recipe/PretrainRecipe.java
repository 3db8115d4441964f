package dev.heed.recipe;

import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.BlockData;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Training a language model on a running text, on one page. */
public record PretrainRecipe(
    @Doc("`causal`: the next token; `masked`: tokens that were hidden") Task task,
    @Doc("Hugging Face's name of the model, such as `GPT2LMHeadModel` or `BertForMaskedLM`")
        String architecture,
    @Doc("keys of the model's config.json, such as `n_layer`; the rest are its defaults")
        Map<String, Object> model,
    @Doc("how text becomes tokens") TextConfig text,
    @Doc("the text, and blocks of it") BlockData data,
    @Doc("share of the tokens that `masked` hides") double maskShare,
    @Doc("whether `masked` hides whole words") boolean wholeWords,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    CAUSAL,
    MASKED
  }

  public static final PretrainRecipe DEFAULT =
      new PretrainRecipe(
          Task.CAUSAL,
          "GPT2LMHeadModel",
          Map.of(),
          TextConfig.DEFAULT,
          BlockData.DEFAULT,
          0.15,
          false,
          TrainConfig.FINE_TUNING.withBest(TrainConfig.Best.LOSS));

  public PretrainRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if (train.best() != TrainConfig.Best.LOSS)
      throw new IllegalArgumentException("train.best must be loss for a language model");
    if (!(maskShare > 0 && maskShare < 1))
      throw new IllegalArgumentException("maskShare must be above 0 and below 1, not " + maskShare);
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static PretrainRecipe read(Path file, List<String> overrides) {
    return Configs.read(file, DEFAULT, overrides);
  }

  @Override
  public void check() {
    data.read();
  }

  @Override
  public PretrainRecipe unbounded() {
    return new PretrainRecipe(
        task, architecture, model, text, data, maskShare, wholeWords, train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new PretrainRun(this, folder);
  }
}
