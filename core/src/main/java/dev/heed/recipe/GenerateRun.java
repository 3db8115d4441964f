package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Exchange;
import dev.heed.data.IdBatch;
import dev.heed.data.TokenBatch;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Sampling;
import dev.heed.decode.SpecialTokens;
import dev.heed.eval.ExactMatch;
import dev.heed.eval.Rouge;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SequenceIds;
import dev.heed.model.CausalLm;
import dev.heed.model.Seq2Seq;
import dev.heed.recipe.ExchangeExamples.Prepared;
import dev.heed.task.Continuation;
import dev.heed.task.Generator;
import dev.heed.task.GeneratorFolder;
import dev.heed.task.Prompt;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.Tokenizer;
import dev.heed.train.CausalObjective;
import dev.heed.train.Journal;
import dev.heed.train.Objective;
import dev.heed.train.TeacherForcing;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** From a {@link GenerateRecipe} to the folder of a model that writes as it was shown. */
public final class GenerateRun implements TrainingRun {
  private static final int VALIDATION_ROWS = 32;

  private final GenerateRecipe recipe;
  private final RunFolder folder;

  GenerateRun(GenerateRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  /** How a kind of model learns. */
  private record Kind<B>(
      Objective<B> objective,
      Function<Bucket, B> collate,
      List<Prepared> training,
      List<Prepared> validation) {}

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    List<Exchange> texts = recipe.data().trainTexts();
    List<Exchange> held = recipe.data().validTexts();
    Path start = Path.of(recipe.model());
    Randomness.seed(recipe.train().seed());
    Checkpoint checkpoint = GeneratorFolder.checkpoint(start, Device.CPU);
    GeneratorFolder writer =
        GeneratorFolder.of(checkpoint, start, folder.device(), Optional.empty());
    Tokenizer tokenizer = tokenizer(writer.model(), start);
    int positions = writer.model().positions().orElse(Integer.MAX_VALUE);
    var examples = new ExchangeExamples(tokenizer, recipe.data(), positions);
    Kind<?> kind =
        writer.model().model() instanceof Seq2Seq model
            ? apart(model, checkpoint.config(), examples, texts, held)
            : joined(writer.model(), tokenizer, examples, texts, held);
    Adaptation adaptation = Adaptation.of(checkpoint, recipe.adapt());
    if (checkpoint.model().trained().isEmpty())
      throw new UserError(
          "adapt.kind head trains weights that a file lacks, and %s has them all: choose full or lora"
              .formatted(start));
    folder.begin();
    folder.say(
        "%,d pairs; %s; %s; %d threads",
        kind.training.size(), adaptation.sizes(), folder.device(), Engine.threads());
    Trainer.End end = learn(checkpoint, kind, writer, held, progress, stop);
    if (end == Trainer.End.FINISHED) {
      tokenizer.save(folder.path());
      folder.copyBeside(start);
      adaptation.save(folder.path(), start);
    }
    return end;
  }

  private static Tokenizer tokenizer(Continuation model, Path folder) {
    Tokenizer tokenizer =
        model
            .tokenizer()
            .orElseThrow(
                () ->
                    new UserError(
                        folder + " has no tokenizer.json: put the model's there to learn texts"));
    long known = model.model().outputWeight().size(0);
    if (tokenizer.size() > known)
      throw new UserError(
          "%s: the tokenizer has %d tokens, but the model knows %d: give the tokenizer.json that it was trained with"
              .formatted(folder, tokenizer.size(), known));
    return tokenizer;
  }

  private Kind<IdBatch> apart(
      Seq2Seq model,
      ObjectNode config,
      ExchangeExamples examples,
      List<Exchange> texts,
      List<Exchange> held) {
    SequenceIds ids = SequenceIds.of(config);
    // Summarizer reads it again, as Hugging Face's pipelines do.
    if (!recipe.data().prefix().isEmpty()) config.put("prefix", recipe.data().prefix());
    return new Kind<>(
        new TeacherForcing(model, recipe.train().labelSmoothing(), folder.device()),
        bucket -> IdBatch.of(bucket.examples(), ids.pad(), ids::start),
        examples.apart(texts, ids),
        examples.apart(held, ids));
  }

  private Kind<TokenBatch> joined(
      Continuation model,
      Tokenizer tokenizer,
      ExchangeExamples examples,
      List<Exchange> texts,
      List<Exchange> held) {
    SpecialTokens special = model.special();
    int end = special.ends().length > 0 ? special.ends()[0] : tokenizer.eos();
    Function<List<Exchange>, List<Prepared>> prepare =
        some -> examples.joined(some, model.chat(), end, special::isEnd);
    return new Kind<>(
        new CausalObjective(
            (CausalLm) model.model(), recipe.train().labelSmoothing(), false, folder.device()),
        bucket -> TokenBatch.of(bucket.examples(), end),
        prepare.apply(texts),
        prepare.apply(held));
  }

  private <B> Trainer.End learn(
      Checkpoint checkpoint,
      Kind<B> kind,
      GeneratorFolder writer,
      List<Exchange> held,
      Journal progress,
      BooleanSupplier stop) {
    int budget = recipe.data().batchTokens();
    int count = Math.min(recipe.train().validatePairs(), held.size());
    List<Prompt> prompts =
        kind.validation.stream()
            .limit(count)
            .map(one -> (Prompt) new Prompt.Ids(one.prompt()))
            .toList();
    Generator.Settings settings = greedy(writer.settings().decode());
    var validator =
        new WritingValidator<>(
            kind.objective,
            Batches.of(examples(kind.validation), budget, 0),
            kind.collate,
            () ->
                writer.model().generate(prompts, settings, 1, done -> {}).stream()
                    .map(found -> found.get(0).text().strip())
                    .toList(),
            held.stream().limit(count).map(Exchange::answer).toList(),
            this::quality);
    return folder.train(
        new RunFolder.Learning<>(
            checkpoint.model(),
            kind.objective,
            Batches.of(examples(kind.training), budget, recipe.train().seed()),
            kind.collate,
            validator),
        progress,
        stop);
  }

  private static List<Example> examples(List<Prepared> prepared) {
    return prepared.stream().map(Prepared::example).toList();
  }

  /** The folder's settings without a beam and without chance, as long as targets are. */
  private Generator.Settings greedy(DecodeConfig own) {
    var decode =
        new DecodeConfig(
            1,
            1,
            own.lengthPenalty(),
            own.alpha(),
            recipe.data().maxTarget(),
            own.maxRatio(),
            own.maxExtra(),
            own.noRepeatNgram(),
            own.earlyStop(),
            own.stopBound(),
            own.cut(),
            own.minLength(),
            own.repetitionPenalty(),
            Sampling.OFF);
    return new Generator.Settings(decode, false, List.of(), true, VALIDATION_ROWS);
  }

  private double quality(List<String> hypotheses, List<String> references) {
    return recipe.quality() == GenerateRecipe.Quality.EXACT
        ? ExactMatch.corpus(hypotheses, List.of(references))
        : Rouge.corpus(hypotheses, List.of(references)).rougeL();
  }
}
