package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Corpus;
import dev.heed.data.Cursor;
import dev.heed.data.DataConfig;
import dev.heed.data.Example;
import dev.heed.data.Examples;
import dev.heed.data.Filter;
import dev.heed.data.IdBatch;
import dev.heed.data.Pair;
import dev.heed.eval.Bleu;
import dev.heed.eval.ExactMatch;
import dev.heed.model.TranslationModel;
import dev.heed.model.Vocabulary;
import dev.heed.task.ModelFolder;
import dev.heed.task.Translation;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.TextConfig;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import dev.heed.train.Journal;
import dev.heed.train.TeacherForcing;
import dev.heed.train.TrainConfig;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * From a {@link Recipe} to a model folder: corpora, tokenizers, batches, model, training. The
 * folder holds {@code recipe.yaml}, the tokenizers, {@code metrics.jsonl}, {@code curves.png},
 * {@code checkpoints/} and, at the end, what {@link ModelFolder} describes.
 */
public final class TranslationRun implements TrainingRun {
  private static final int VALIDATION_ROWS = 64;

  private final Recipe recipe;
  private final RunFolder folder;

  TranslationRun(Recipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    DataConfig data = recipe.data();
    TrainConfig train = recipe.train();
    Corpus corpus = data.trainCorpus(train.seed());
    Corpus valid = data.validCorpus(train.seed());
    folder.begin();
    ModelFolder.Tokenizers tokenizers = tokenizers(corpus);
    Tokenizer target = tokenizers.target();

    Randomness.seed(train.seed());
    Vocabulary vocabulary =
        new Vocabulary(
            tokenizers.source().size(), target.size(), target.pad(), target.bos(), target.eos());
    TranslationModel<?> model = recipe.model().create(vocabulary);
    TeacherForcing objective = new TeacherForcing(model, train.labelSmoothing(), folder.device());
    Function<Bucket, IdBatch> collate =
        bucket -> IdBatch.of(bucket.examples(), vocabulary.pad(), vocabulary.bos());
    Batches batches = batches(tokenizers, corpus);
    folder.say(
        "%,d parameters; %s; %d threads",
        model.module().parameterCount(), folder.device(), Engine.threads());
    Trainer.End end =
        folder.train(
            new RunFolder.Learning<>(
                model.module(),
                objective,
                batches,
                collate,
                validator(model, tokenizers, valid, objective, collate)),
            progress,
            stop);
    if (end == Trainer.End.FINISHED) ModelFolder.save(folder.path(), model, recipe.decode());
    return end;
  }

  private ModelFolder.Tokenizers tokenizers(Corpus corpus) {
    if (ModelFolder.hasTokenizers(folder.path())) return ModelFolder.tokenizers(folder.path());
    TextConfig text = recipe.text();
    folder.say("training the tokenizer (%s, %,d tokens)", text.kind(), text.vocabulary());
    List<String> source = new ArrayList<>();
    List<String> target = new ArrayList<>();
    try (Cursor<Pair> pairs = corpus.iterator()) {
      pairs.forEachRemaining(
          pair -> {
            source.add(pair.source());
            target.add(pair.target());
          });
    }
    ModelFolder.Tokenizers trained;
    if (text.joint()) {
      source.addAll(target);
      Tokenizer joint = learn(text, source);
      trained = new ModelFolder.Tokenizers(joint, joint);
    } else {
      trained = new ModelFolder.Tokenizers(learn(text, source), learn(text, target));
    }
    ModelFolder.save(folder.path(), trained);
    return trained;
  }

  private static Tokenizer learn(TextConfig text, List<String> lines) {
    return Tokenizer.of(
        TokenizerTrainer.of(text.kind(), text.vocabulary(), text.minFrequency()).train(lines));
  }

  private Batches batches(ModelFolder.Tokenizers tokenizers, Corpus corpus) {
    DataConfig data = recipe.data();
    double ratio = data.maxRatio() == 0 ? Double.POSITIVE_INFINITY : data.maxRatio();
    Examples examples = examples(tokenizers, corpus, new Filter(data.maxLength(), ratio));
    if (data.streaming())
      return Batches.streaming(examples, data.pool(), data.batchTokens(), recipe.train().seed());
    List<Example> all = examples.toList();
    folder.say("%,d training pairs; %s", all.size(), examples.report());
    return Batches.of(all, data.batchTokens(), recipe.train().seed());
  }

  private static Examples examples(
      ModelFolder.Tokenizers tokenizers, Corpus corpus, Filter filter) {
    return new Examples(
        corpus, tokenizers.source()::encodeAll, tokenizers.target()::encodeAll, filter);
  }

  private Validator validator(
      TranslationModel<?> model,
      ModelFolder.Tokenizers tokenizers,
      Corpus corpus,
      TeacherForcing objective,
      Function<Bucket, IdBatch> collate) {
    List<Example> examples =
        examples(
                tokenizers, corpus, new Filter(recipe.data().maxLength(), Double.POSITIVE_INFINITY))
            .toList();
    if (examples.isEmpty())
      throw new UserError(
          "%s: no pair is left to validate on; check the corpus and data.maxLength (%d)"
              .formatted(corpus.name(), recipe.data().maxLength()));
    List<Pair> pairs = new ArrayList<>();
    try (Cursor<Pair> all = corpus.iterator()) {
      while (all.hasNext() && pairs.size() < recipe.train().validatePairs()) pairs.add(all.next());
    }
    boolean exact = recipe.data().format() == DataConfig.Format.DATES;
    Translation translation =
        new Translation(
            model,
            tokenizers.source(),
            tokenizers.target(),
            recipe.decode().withBeam(1, 1),
            VALIDATION_ROWS,
            folder.device());
    List<String> sources = pairs.stream().map(Pair::source).toList();
    return new WritingValidator<>(
        objective,
        Batches.of(examples, recipe.data().batchTokens(), 0),
        collate,
        () ->
            translation.translate(sources, 1, done -> {}).stream()
                .map(best -> best.get(0).text())
                .toList(),
        pairs.stream().map(Pair::target).toList(),
        (hypotheses, references) ->
            exact
                ? ExactMatch.corpus(hypotheses, List.of(references))
                : new Bleu(Bleu.Options.DEFAULT).corpus(hypotheses, List.of(references)).score());
  }
}
