package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Blocks;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.SpanCorruption;
import dev.heed.hub.SequenceIds;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.train.Objective;
import dev.heed.train.TeacherForcing;
import java.util.List;
import java.util.Random;

/** Spans that were cut out; {@code data.context} is what the encoder reads. */
final class SpansLesson implements Lesson<IdBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final SpanCorruption spans;
  private final int tokens; // of a block before spans are cut out
  private final int[] sentinels;
  private final SequenceIds ids;
  private final TeacherForcing objective;

  SpansLesson(PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    this.spans = recipe.spans();
    this.tokens = spans.tokens(recipe.data().context());
    if (!(model.module() instanceof Seq2Seq seq2seq)) throw model.unable();
    this.sentinels = new int[spans.spans(tokens)];
    for (int i = 0; i < sentinels.length; i++) sentinels[i] = sentinel(i);
    this.ids = SequenceIds.of(model.config());
    this.objective = new TeacherForcing(seq2seq, recipe.train().labelSmoothing(), device);
  }

  private int sentinel(int i) {
    String token = Specials.sentinel(i);
    return tokenizer
        .id(token)
        .orElseThrow(
            () ->
                new UserError(
                    "the tokenizer has no sentinel %s, and the task spans needs %d in a block of data.context %d: add it to the tokenizer, or shorten the context"
                        .formatted(token, sentinels.length, recipe.data().context())));
  }

  @Override
  public List<Example> examples(List<String> documents) {
    return Blocks.plain(
        tokenizer.withoutSpecials().encodeAll(Lesson.legible(tokenizer, documents)),
        tokens,
        recipe.data().apart() ? 2 : tokens); // of fewer, none could stay and one go
  }

  @Override
  public IdBatch batch(Bucket bucket, Random random) {
    List<Example> corrupted =
        bucket.examples().stream()
            .map(text -> spans.apply(text, i -> sentinels[i], ids.end(), random))
            .toList();
    return IdBatch.of(corrupted, ids.pad(), ids::start);
  }

  @Override
  public Objective<IdBatch> objective() {
    return objective;
  }
}
