package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Blocks;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Masking;
import dev.heed.data.TokenBatch;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.MaskedLmObjective;
import dev.heed.train.Objective;
import java.util.List;
import java.util.Random;

/** Tokens that were hidden. */
final class MaskedLesson implements Lesson<TokenBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final Masking masking;
  private final MaskedLmObjective objective;

  MaskedLesson(PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    this.masking = masking(recipe, tokenizer);
    if (!(model.module() instanceof TextModel text && text.has(TextModel.Task.MASKED_LM)))
      throw model.unable();
    this.objective = new MaskedLmObjective(text, device);
  }

  static Masking masking(PretrainRecipe recipe, Tokenizer tokenizer) {
    String inner = tokenizer.continuation();
    if (recipe.wholeWords() && inner.isEmpty())
      throw new UserError(
          "wholeWords needs a WordPiece tokenizer, whose tokens tell where words go on: leave it out");
    int begin = tokenizer.bos();
    int end = tokenizer.eos();
    int pad = tokenizer.pad();
    return new Masking(
        recipe.maskShare(),
        tokenizer.mask(),
        tokenizer.size(),
        id -> id == begin || id == end || id == pad,
        id -> recipe.wholeWords() && tokenizer.token(id).startsWith(inner));
  }

  /** Blocks between the tokens that frame a text. */
  static List<Example> framed(PretrainRecipe recipe, Tokenizer tokenizer, List<String> documents) {
    int inner = recipe.data().context() - 2;
    if (inner < 1)
      throw new UserError("data.context leaves no room between the tokens that frame a block");
    int least = recipe.data().apart() ? 1 : inner;
    List<String> texts = Lesson.legible(tokenizer, documents);
    return Blocks.plain(tokenizer.withoutSpecials().encodeAll(texts), inner, least).stream()
        .map(
            block -> {
              int[] ids = Blocks.framed(tokenizer.bos(), block.source(), tokenizer.eos());
              return new Example(ids, ids, block.number());
            })
        .toList();
  }

  @Override
  public List<Example> examples(List<String> documents) {
    return framed(recipe, tokenizer, documents);
  }

  @Override
  public TokenBatch batch(Bucket bucket, Random random) {
    return masking.apply(TokenBatch.of(bucket.examples(), tokenizer.pad()), random);
  }

  @Override
  public Objective<TokenBatch> objective() {
    return objective;
  }
}
