package dev.heed.task;

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
import dev.heed.data.Prefetch;
import dev.heed.eval.Bleu;
import dev.heed.eval.ExactMatch;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.TextConfig;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import dev.heed.train.Journal;
import dev.heed.train.TeacherForcing;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * From a {@link Recipe} to a model folder: corpora, tokenizers, batches, model, training. The
 * folder holds {@code recipe.yaml}, the tokenizers, {@code metrics.jsonl}, {@code curves.png},
 * {@code checkpoints/} and, at the end, what {@link ModelFolder} describes.
 */
public final class TranslationRun implements TrainingRun {
  private static final int VALIDATION_ROWS = 64;
  private static final int PREFETCH = 8;

  private final Recipe recipe;
  private final Path out;
  private final Device device;
  private final Consumer<String> say;

  /**
   * @param out the run's folder, new, unfinished or (with another bound) to be prolonged
   * @param say is told in a sentence what is going on
   */
  public TranslationRun(Recipe recipe, Path out, Device device, Consumer<String> say) {
    this.recipe = recipe;
    this.out = out;
    this.device = device;
    this.say = say;
  }

  /** On the best device, in silence: the folder's files tell how it goes. */
  public TranslationRun(Recipe recipe, Path out) {
    this(recipe, out, Device.of("auto"), said -> {});
  }

  /** Trains to the end, or goes on to it, without anybody listening. */
  public void train() {
    train(Journal.SILENT, () -> false);
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    RunFolder folder = new RunFolder(out, recipe);
    Optional<TrainState> saved = folder.check();
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
    Transformer model = new Transformer(recipe.model(), vocabulary);
    model.to(device);
    TeacherForcing objective = new TeacherForcing(model, train.labelSmoothing(), device);
    Function<Bucket, IdBatch> collate =
        bucket -> IdBatch.of(bucket.examples(), vocabulary.pad(), vocabulary.bos());
    Batches batches = batches(tokenizers, corpus);
    say.accept(
        "%,d parameters; %s; %d threads"
            .formatted(model.parameterCount(), device, Engine.threads()));

    Trainer<IdBatch> trainer =
        new Trainer<>(
            train,
            new Trainer.Parts<>(
                model,
                objective,
                train.optimizer().create(model.parameters()),
                train.schedule().create(),
                position -> new Prefetch<>(batches.from(position), PREFETCH),
                collate,
                validator(model, tokenizers, valid, objective, collate),
                folder.checkpoints(),
                folder.journal(progress),
                device));
    trainer.resume();
    saved.ifPresent(state -> say.accept("going on after step " + state.step()));
    Trainer.End end = trainer.run(stop);
    if (end == Trainer.End.FINISHED) {
      model.to(Device.CPU);
      ModelFolder.save(out, model, recipe.decode());
    }
    return end;
  }

  private ModelFolder.Tokenizers tokenizers(Corpus corpus) {
    if (ModelFolder.hasTokenizers(out)) return ModelFolder.tokenizers(out);
    TextConfig text = recipe.text();
    say.accept("training the tokenizer (%s, %,d tokens)".formatted(text.kind(), text.vocabulary()));
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
    ModelFolder.save(out, trained);
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
    say.accept("%,d training pairs; %s".formatted(all.size(), examples.report()));
    return Batches.of(all, data.batchTokens(), recipe.train().seed());
  }

  private static Examples examples(
      ModelFolder.Tokenizers tokenizers, Corpus corpus, Filter filter) {
    return new Examples(
        corpus, tokenizers.source()::encodeAll, tokenizers.target()::encodeAll, filter);
  }

  private Validator validator(
      Transformer model,
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
    return new TranslationValidator(
        objective,
        examples,
        recipe.data().batchTokens(),
        collate,
        new Translation(
            model,
            tokenizers.source(),
            tokenizers.target(),
            recipe.decode().withBeam(1, 1),
            VALIDATION_ROWS,
            device),
        pairs,
        (hypotheses, references) ->
            exact
                ? ExactMatch.corpus(hypotheses, List.of(references))
                : new Bleu(Bleu.Options.DEFAULT).corpus(hypotheses, List.of(references)).score());
  }
}
