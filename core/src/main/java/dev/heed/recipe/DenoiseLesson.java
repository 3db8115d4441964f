package dev.heed.recipe;

import dev.heed.data.Blocks;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.hub.SequenceIds;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.Objective;
import dev.heed.train.TeacherForcing;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The text that was damaged; damage spares the tokens that frame it. */
final class DenoiseLesson implements Lesson<IdBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final int mask;
  private final SequenceIds ids;
  private final TeacherForcing objective;

  DenoiseLesson(PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    this.mask = tokenizer.mask();
    if (!(model.module() instanceof Seq2Seq seq2seq)) throw model.unable();
    this.ids = SequenceIds.of(model.config());
    this.objective = new TeacherForcing(seq2seq, recipe.train().labelSmoothing(), device);
  }

  @Override
  public List<Example> examples(List<String> documents) {
    return MaskedLesson.framed(recipe, tokenizer, documents);
  }

  @Override
  public IdBatch batch(Bucket bucket, Random random) {
    List<Example> damaged = bucket.examples().stream().map(text -> damaged(text, random)).toList();
    return IdBatch.of(damaged, ids.pad(), ids::start);
  }

  private Example damaged(Example text, Random random) {
    int[] whole = text.source();
    int[] inner = Arrays.copyOfRange(whole, 1, whole.length - 1);
    int[] damaged = recipe.denoise().apply(inner, mask, this::endsSentence, random);
    return new Example(
        Blocks.framed(whole[0], damaged, whole[whole.length - 1]), whole, text.number());
  }

  private boolean endsSentence(int id) {
    return tokenizer.token(id).endsWith(".");
  }

  @Override
  public Objective<IdBatch> objective() {
    return objective;
  }
}
