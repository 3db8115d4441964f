package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.config.Configs;
import dev.heed.config.Doc;
import dev.heed.data.BlockData;
import dev.heed.data.Denoising;
import dev.heed.data.SpanCorruption;
import dev.heed.text.Specials;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Training a language model on texts, from scratch or further, on one page. */
public record PretrainRecipe(
    @Doc(
            "`causal`: the next token; `masked`: tokens that were hidden; `replaced`: which tokens were replaced; `spans`: spans that were cut out; `denoise`: the text that was damaged")
        Task task,
    @Doc(
            "folder of a model to go on from, with its tokenizer, in Hugging Face's layout; empty: from scratch")
        String start,
    @Doc(
            "Hugging Face's name of the model, such as `LlamaForCausalLM`; empty: that of `start`, or else the task's own: `GPT2LMHeadModel`, `BertForMaskedLM` (with `nextSentence` `BertForPreTraining`), `ElectraForPreTraining`, `T5ForConditionalGeneration`, `BartForConditionalGeneration`")
        String architecture,
    @Doc(
            "keys of the model's config.json, such as `n_layer`; the rest are those of `start`, or the defaults")
        Map<String, Object> model,
    @Doc("how text becomes tokens; not read where `start` has a tokenizer") TextConfig text,
    @Doc("the texts, and blocks of them") BlockData data,
    @Doc("share of the tokens that `masked` and `replaced` hide") double maskShare,
    @Doc("whether they hide whole words; needs WordPiece") boolean wholeWords,
    @Doc(
            "whether `masked` also learns if one text follows another; sentences are lines, and `data.documents` must tell documents apart")
        boolean nextSentence,
    @Doc(
            "keys of config.json in which the generator of `replaced` differs, such as `hidden_size`; it is saved as `generator/`")
        Map<String, Object> generator,
    @Doc("weight of the discriminator's loss beside the generator's in `replaced`")
        double discriminatorWeight,
    @Doc("what `spans` cuts out") SpanCorruption spans,
    @Doc("how `denoise` damages texts") Denoising denoise,
    @Doc("which weights of `start` are trained") AdaptConfig adapt,
    @Doc("bounds, loss, updates, validation and checkpoints") TrainConfig train)
    implements TrainingRecipe {

  /** What is learned. */
  public enum Task {
    CAUSAL("GPT2LMHeadModel", Specials.SEQUENCE),
    MASKED("BertForMaskedLM", Specials.BERT),
    REPLACED("ElectraForPreTraining", Specials.BERT),
    SPANS("T5ForConditionalGeneration", Specials.T5),
    DENOISE("BartForConditionalGeneration", Specials.BART);

    private final String architecture;
    private final Specials specials;

    Task(String architecture, Specials specials) {
      this.architecture = architecture;
      this.specials = specials;
    }

    /** The special tokens of a new tokenizer. */
    Specials specials() {
      return specials;
    }
  }

  public static final PretrainRecipe DEFAULT =
      new PretrainRecipe(
          Task.CAUSAL,
          "",
          "",
          Map.of(),
          TextConfig.DEFAULT,
          BlockData.DEFAULT,
          0.15,
          false,
          false,
          Map.of(),
          50,
          SpanCorruption.DEFAULT,
          Denoising.DEFAULT,
          AdaptConfig.DEFAULT,
          TrainConfig.FINE_TUNING.withBest(TrainConfig.Best.LOSS));

  public PretrainRecipe {
    if (train.steps() == 0 && train.minutes() == 0 && train.epochs() == 0)
      throw new IllegalArgumentException("train needs a bound: steps, minutes or epochs");
    if (train.best() != TrainConfig.Best.LOSS)
      throw new IllegalArgumentException("train.best must be loss for a language model");
    if (!(maskShare > 0 && maskShare < 1))
      throw new IllegalArgumentException("maskShare must be above 0 and below 1, not " + maskShare);
    if (train.labelSmoothing() != 0 && (task == Task.MASKED || task == Task.REPLACED))
      throw new IllegalArgumentException(
          "train.labelSmoothing must be 0 for the tasks masked and replaced");
    if (nextSentence && (task != Task.MASKED || !data.apart()))
      throw new IllegalArgumentException(
          "nextSentence needs task masked, and data.documents emptyLines or jsonl");
    if (nextSentence && data.context() < 5)
      throw new IllegalArgumentException(
          "nextSentence needs a data.context of at least 5, not " + data.context());
    if (task == Task.SPANS && spans.planned(spans.tokens(data.context())) == 0)
      throw new IllegalArgumentException(
          "data.context (%d) is too short for one span of spans.length (%s) tokens at a spans.density of %s: make it longer"
              .formatted(data.context(), spans.length(), spans.density()));
    if (!(discriminatorWeight > 0))
      throw new IllegalArgumentException(
          "discriminatorWeight must be above 0, not " + discriminatorWeight);
    if (adapt.kind() != AdaptConfig.Kind.FULL && (start.isEmpty() || task == Task.REPLACED))
      throw new IllegalArgumentException(
          task == Task.REPLACED
              ? "adapt.kind must be full for the task replaced, which trains two models"
              : "adapt.kind other than full needs a model to start from: name its folder in start");
  }

  /** The architecture of a model from scratch. */
  String newArchitecture() {
    if (!architecture.isEmpty()) return architecture;
    return nextSentence ? "BertForPreTraining" : task.architecture;
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
        task,
        start,
        architecture,
        model,
        text,
        data,
        maskShare,
        wholeWords,
        nextSentence,
        generator,
        discriminatorWeight,
        spans,
        denoise,
        adapt,
        train.unbounded());
  }

  @Override
  public TrainingRun run(RunFolder folder) {
    return new PretrainRun(this, folder);
  }
}
