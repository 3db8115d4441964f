package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.BlockData;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Seeds;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.TextConfig;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import dev.heed.train.Journal;
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
    Randomness.seed(recipe.train().seed());
    PretrainModel model = new PretrainModel(recipe, tokenizer);
    Lesson<?> lesson = Lesson.of(recipe, tokenizer, model, folder.device());
    Trainer.End end = learn(lesson, texts, model, progress, stop);
    if (end == Trainer.End.FINISHED) {
      if (!recipe.start().isEmpty()) tokenizer.save(folder.path());
      model.save(folder.path());
    }
    return end;
  }

  private <B> Trainer.End learn(
      Lesson<B> lesson,
      BlockData.Texts texts,
      PretrainModel model,
      Journal progress,
      BooleanSupplier stop) {
    List<Example> training = blocks(lesson, texts.train(), "train");
    List<Example> validation = blocks(lesson, texts.valid(), "validate");
    folder.say(
        "%,d blocks of at most %d tokens; %s; %s; %d threads",
        training.size(), longest(training), model.sizes(), folder.device(), Engine.threads());
    long seed = recipe.train().seed();
    int rows = recipe.data().batch();
    // The same batch of the same epoch is made alike, so that a resumed run goes on as it would.
    Function<Bucket, B> collate =
        bucket ->
            lesson.batch(
                bucket, Seeds.random(seed, bucket.position().epoch(), bucket.position().batch()));
    return folder.train(
        new RunFolder.Learning<>(
            model.module(),
            lesson.objective(),
            Batches.of(training, rows * longest(training), seed),
            collate,
            new LossValidator<>(
                lesson.objective(),
                Batches.of(validation, rows * longest(validation), 0),
                collate)),
        progress,
        stop);
  }

  private <B> List<Example> blocks(Lesson<B> lesson, List<String> documents, String what) {
    List<Example> blocks = lesson.examples(documents);
    if (blocks.isEmpty())
      throw new UserError(
          "%s: the text to %s on has fewer tokens than a block of data.context (%d): give a longer one, or a smaller context"
              .formatted(recipe.data().dir(), what, recipe.data().context()));
    return blocks;
  }

  private static int longest(List<Example> examples) {
    return examples.stream().mapToInt(Example::longest).max().orElseThrow();
  }

  /** That of the start, that which an earlier part of this run learned, or a new one. */
  private Tokenizer tokenizer(List<String> documents) {
    if (!recipe.start().isEmpty()) return Tokenizer.load(Path.of(recipe.start()));
    Path file = folder.path().resolve("tokenizer.json");
    if (Files.exists(file)) return Tokenizer.load(file);
    TextConfig config = recipe.text();
    folder.say("training the tokenizer (%s, %,d tokens)", config.kind(), config.vocabulary());
    // Characters are learned from the whole text, its line ends too.
    List<String> lines =
        config.kind().equals("characters")
            ? documents
            : documents.stream().flatMap(String::lines).toList();
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerTrainer.of(
                    config.kind(),
                    config.vocabulary(),
                    config.minFrequency(),
                    recipe.task().specials())
                .train(lines));
    tokenizer.save(folder.path());
    return tokenizer;
  }
}
