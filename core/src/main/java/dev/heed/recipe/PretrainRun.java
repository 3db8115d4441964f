package dev.heed.recipe;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.BlockData;
import dev.heed.data.Blocks;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Masking;
import dev.heed.data.Seeds;
import dev.heed.data.TokenBatch;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.TextModel;
import dev.heed.nn.Module;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.Specials;
import dev.heed.text.TextConfig;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import dev.heed.train.CausalObjective;
import dev.heed.train.Journal;
import dev.heed.train.MaskedLmObjective;
import dev.heed.train.Objective;
import dev.heed.train.TrainConfig;
import dev.heed.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** From a {@link PretrainRecipe} to the folder of a language model. */
public final class PretrainRun implements TrainingRun {
  private final PretrainRecipe recipe;
  private final RunFolder folder;

  PretrainRun(PretrainRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    BlockData.Texts texts = recipe.data().read();
    folder.begin();
    Tokenizer tokenizer = tokenizer(texts.train());
    List<Example> training = blocks(tokenizer, texts.train());
    List<Example> validation = blocks(tokenizer, texts.valid());
    if (training.isEmpty() || validation.isEmpty())
      throw new UserError(
          "%s: a text has fewer tokens than data.context (%d): give a longer one, or a smaller context"
              .formatted(recipe.data().dir(), recipe.data().context()));

    TrainConfig train = recipe.train();
    Randomness.seed(train.seed());
    Checkpoint checkpoint = Checkpoint.create(recipe.architecture(), config(tokenizer));
    Module model = checkpoint.model();
    folder.say(
        "%,d blocks of %d tokens; %,d parameters; %s; %d threads",
        training.size(),
        recipe.data().context(),
        model.parameterCount(),
        folder.device(),
        Engine.threads());

    int budget = recipe.data().context() * recipe.data().batch();
    Objective<TokenBatch> objective = objective(model);
    Function<Bucket, TokenBatch> collate = collate(tokenizer, train.seed());
    Trainer.End end =
        folder.train(
            new RunFolder.Learning<>(
                model,
                objective,
                Batches.of(training, budget, train.seed()),
                collate,
                new LossValidator<>(objective, Batches.of(validation, budget, 0), collate)),
            progress,
            stop);
    if (end == Trainer.End.FINISHED) checkpoint.save(folder.path());
    return end;
  }

  private boolean masked() {
    return recipe.task() == PretrainRecipe.Task.MASKED;
  }

  private Tokenizer tokenizer(String text) {
    Path file = folder.path().resolve("tokenizer.json");
    if (Files.exists(file)) return Tokenizer.load(file);
    TextConfig config = recipe.text();
    folder.say("training the tokenizer (%s, %,d tokens)", config.kind(), config.vocabulary());
    // Characters are learned from the whole text, its line ends too.
    List<String> lines = config.kind().equals("characters") ? List.of(text) : text.lines().toList();
    Specials specials = masked() ? Specials.BERT : Specials.SEQUENCE;
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerTrainer.of(config.kind(), config.vocabulary(), config.minFrequency(), specials)
                .train(lines));
    tokenizer.save(folder.path());
    return tokenizer;
  }

  private List<Example> blocks(Tokenizer tokenizer, String text) {
    int[] ids = tokenizer.withoutSpecials().encode(text);
    int context = recipe.data().context();
    return masked()
        ? Blocks.framed(ids, context, new int[] {tokenizer.bos()}, new int[] {tokenizer.eos()})
        : Blocks.causal(ids, context);
  }

  /** config.json as the recipe has it, with what the tokenizer says. */
  private ObjectNode config(Tokenizer tokenizer) {
    ObjectNode config = new ObjectMapper().valueToTree(recipe.model());
    config.put("vocab_size", tokenizer.size());
    config.put("pad_token_id", tokenizer.pad());
    config.put("bos_token_id", tokenizer.bos());
    config.put("eos_token_id", tokenizer.eos());
    return config;
  }

  private Objective<TokenBatch> objective(Module model) {
    if (masked() && model instanceof TextModel text && text.has(TextModel.Task.MASKED_LM))
      return new MaskedLmObjective(text, folder.device());
    if (!masked() && model instanceof CausalLm causal)
      return new CausalObjective(causal, recipe.train().labelSmoothing(), folder.device());
    throw new UserError(
        "architecture %s can't learn the task %s: causal needs a decoder such as GPT2LMHeadModel, masked an encoder such as BertForMaskedLM"
            .formatted(recipe.architecture(), masked() ? "masked" : "causal"));
  }

  private Function<Bucket, TokenBatch> collate(Tokenizer tokenizer, long seed) {
    Function<Bucket, TokenBatch> whole =
        bucket -> TokenBatch.of(bucket.examples(), tokenizer.pad());
    if (!masked()) return whole;
    int mask = tokenizer.id("[MASK]").orElseThrow();
    Masking masking =
        new Masking(
            recipe.maskShare(),
            mask,
            tokenizer.size(),
            id -> id == tokenizer.bos() || id == tokenizer.eos() || id == tokenizer.pad(),
            id -> recipe.wholeWords() && tokenizer.token(id).startsWith("##"));
    // The same batch of the same epoch is masked alike, so that a resumed run goes on as it would.
    return bucket ->
        masking.apply(
            whole.apply(bucket),
            Seeds.random(seed, bucket.position().epoch(), bucket.position().batch()));
  }
}
