package dev.heed.task;

import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.DataConfig;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.Transformer;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;

/** A whole run on one page: what {@code heed train} reads. */
public record Recipe(
    @Doc("the model that `model` starts from: tiny, base or big, as in the paper") Preset preset,
    @Doc("corpora and batches") DataConfig data,
    @Doc("tokenizers") TextConfig text,
    @Doc("sizes and choices") Transformer.Config model,
    @Doc("training") TrainConfig train,
    @Doc("search, in validation and as the model folder's default") DecodeConfig decode) {

  /** Named model sizes. */
  public enum Preset {
    TINY(Transformer.Config.TINY),
    BASE(Transformer.Config.BASE),
    BIG(Transformer.Config.BIG);

    private final Transformer.Config config;

    Preset(Transformer.Config config) {
      this.config = config;
    }
  }

  public static final Recipe DEFAULT =
      new Recipe(
          Preset.TINY,
          DataConfig.DEFAULT,
          TextConfig.DEFAULT,
          Transformer.Config.TINY,
          TrainConfig.DEFAULT,
          DecodeConfig.DEFAULT);

  public Recipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if (data.maxLength() > model.positions())
      throw new IllegalArgumentException(
          "data.maxLength (%d) must be at most model.positions (%d), or the model could not take the longest pairs"
              .formatted(data.maxLength(), model.positions()));
  }

  /**
   * Reads a recipe; keys it lacks are the defaults'.
   *
   * @throws dev.heed.config.UserError if a key is unknown or a value impossible
   */
  public static Recipe read(Path file, List<String> overrides) {
    Preset preset = Configs.read(file, DEFAULT, overrides).preset();
    return Configs.read(
        file,
        new Recipe(
            preset, DEFAULT.data, DEFAULT.text, preset.config, DEFAULT.train, DEFAULT.decode),
        overrides);
  }

  /** This recipe without its bounds, so that runs which differ in length alone compare equal. */
  Recipe unbounded() {
    TrainConfig t = train;
    TrainConfig unbounded =
        new TrainConfig(
            1,
            0,
            0,
            t.seed(),
            t.labelSmoothing(),
            t.accumulate(),
            t.numbers(),
            t.optimizer(),
            t.schedule(),
            t.validateEvery(),
            t.validatePairs(),
            t.best(),
            t.patience(),
            t.saveEvery(),
            t.average(),
            t.averageOf(),
            t.logEvery());
    return new Recipe(preset, data, text, model, unbounded, decode);
  }
}
