package dev.heed.recipe;

import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.DataConfig;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.Transformer;
import dev.heed.model.TranslationModel;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** A whole run on one page: what {@code heed train} reads. */
public record Recipe(
    @Doc("sizes that `model` starts from; base and big are the paper's, of a Transformer")
        Preset preset,
    @Doc("corpora and batches") DataConfig data,
    @Doc("how text becomes tokens") TextConfig text,
    @Doc("sizes and choices of the model") TranslationModel.Config model,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train,
    @Doc("search that the model folder is given; validation uses it with a beam of 1")
        DecodeConfig decode)
    implements TrainingRecipe {

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
    if (preset != Preset.TINY && !(model instanceof Transformer.Config))
      throw new IllegalArgumentException(
          "preset gives sizes to a Transformer alone: leave it out, and say model.d and the like");
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
    return read(defaults -> Configs.read(file, defaults, overrides));
  }

  /**
   * As {@link #read}, from text.
   *
   * @param where what to call the text in messages
   */
  public static Recipe parse(String text, String where, List<String> overrides) {
    return read(defaults -> Configs.parse(text, where, defaults, overrides));
  }

  /** Twice, since the preset that is read decides the defaults of the rest. */
  private static Recipe read(UnaryOperator<Recipe> laidOn) {
    Preset preset = laidOn.apply(DEFAULT).preset();
    return laidOn.apply(
        new Recipe(
            preset, DEFAULT.data, DEFAULT.text, preset.config, DEFAULT.train, DEFAULT.decode));
  }

  /**
   * A recipe without a file: {@code Recipe.of("preset=base", "data.dir=corpora",
   * "train.steps=500")}.
   *
   * @param settings what {@code --set} takes on the command line, by the keys of docs/recipes.md;
   *     the rest are the defaults'
   * @throws dev.heed.config.UserError as {@link #read}
   */
  public static Recipe of(String... settings) {
    return parse("", "recipe", List.of(settings));
  }

  /** This recipe with other corpora or batches. */
  public Recipe withData(DataConfig to) {
    return new Recipe(preset, to, text, model, train, decode);
  }

  /** This recipe with other tokenizers. */
  public Recipe withText(TextConfig to) {
    return new Recipe(preset, data, to, model, train, decode);
  }

  /** This recipe with another model. */
  public Recipe withModel(TranslationModel.Config to) {
    return new Recipe(preset, data, text, to, train, decode);
  }

  /** This recipe with other training. */
  public Recipe withTrain(TrainConfig to) {
    return new Recipe(preset, data, text, model, to, decode);
  }

  /** This recipe with another search. */
  public Recipe withDecode(DecodeConfig to) {
    return new Recipe(preset, data, text, model, train, to);
  }

  @Override
  public void check() {
    data.trainCorpus(train.seed());
    data.validCorpus(train.seed());
  }

  @Override
  public Recipe unbounded() {
    return withTrain(train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new TranslationRun(this, folder);
  }
}
