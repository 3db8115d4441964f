package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Masking;
import dev.heed.data.PairBatch;
import dev.heed.data.Seeds;
import dev.heed.data.SentencePairs;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.NextSentenceObjective;
import dev.heed.train.Objective;
import java.util.List;
import java.util.Random;

/** Tokens that were hidden in two texts, and whether the second follows the first. */
final class NextSentenceLesson implements Lesson<PairBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final Masking masking;
  private final NextSentenceObjective objective;

  NextSentenceLesson(
      PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    this.masking = MaskedLesson.masking(recipe, tokenizer);
    if (!(model.module() instanceof TextModel text
        && text.has(TextModel.Task.MASKED_LM)
        && text.has(TextModel.Task.NEXT_SENTENCE))) throw model.unable();
    this.objective = new NextSentenceObjective(text, device);
  }

  @Override
  public List<Example> examples(List<String> documents) {
    List<List<int[]>> sentences =
        documents.stream().map(this::sentences).filter(document -> !document.isEmpty()).toList();
    if (sentences.size() < 2)
      throw new UserError(
          "%s: nextSentence needs two documents or more, each to train and to validate on, and there is %d: set documents apart by empty lines"
              .formatted(recipe.data().dir(), sentences.size()));
    return SentencePairs.of(
        sentences,
        recipe.data().context(),
        tokenizer.bos(),
        tokenizer.eos(),
        Seeds.random(recipe.train().seed()));
  }

  /** A line is a sentence. */
  private List<int[]> sentences(String document) {
    return tokenizer.withoutSpecials().encodeAll(document.lines().toList()).stream()
        .filter(ids -> ids.length > 0)
        .toList();
  }

  @Override
  public PairBatch batch(Bucket bucket, Random random) {
    return PairBatch.of(bucket.examples(), tokenizer.pad(), whole -> masking.apply(whole, random));
  }

  @Override
  public Objective<PairBatch> objective() {
    return objective;
  }
}
