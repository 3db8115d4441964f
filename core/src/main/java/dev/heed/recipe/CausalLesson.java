package dev.heed.recipe;

import dev.heed.data.Blocks;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.TokenBatch;
import dev.heed.model.CausalLm;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.CausalObjective;
import dev.heed.train.Objective;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The next token, of a running text or of documents that are packed into blocks. */
final class CausalLesson implements Lesson<TokenBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final CausalObjective objective;

  CausalLesson(PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    if (!(model.module() instanceof CausalLm decoder)) throw model.unable();
    this.objective =
        new CausalObjective(
            decoder, recipe.train().labelSmoothing(), recipe.data().apart(), device);
  }

  @Override
  public List<Example> examples(List<String> documents) {
    List<String> texts = Lesson.legible(tokenizer, documents);
    int context = recipe.data().context();
    if (!recipe.data().apart())
      return Blocks.causal(tokenizer.withoutSpecials().encode(texts.get(0)), context);
    return Blocks.packed(tokenizer.encodeAll(texts).stream().map(this::ended).toList(), context);
  }

  /** A document with the end token, which not every tokenizer adds. */
  private int[] ended(int[] ids) {
    if (ids.length > 0 && ids[ids.length - 1] == tokenizer.eos()) return ids;
    int[] ended = Arrays.copyOf(ids, ids.length + 1);
    ended[ids.length] = tokenizer.eos();
    return ended;
  }

  /** Short rows are filled with what nothing is learned from: any token will do. */
  @Override
  public TokenBatch batch(Bucket bucket, Random random) {
    return TokenBatch.of(bucket.examples(), tokenizer.eos());
  }

  @Override
  public Objective<TokenBatch> objective() {
    return objective;
  }
}
