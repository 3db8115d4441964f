package dev.heed.recipe;

import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Masking;
import dev.heed.data.ReplacedBatch;
import dev.heed.data.TokenBatch;
import dev.heed.model.Electra;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.Objective;
import dev.heed.train.ReplacedObjective;
import java.util.List;
import java.util.Random;

/** Which tokens a generator replaced. */
final class ReplacedLesson implements Lesson<ReplacedBatch> {
  private final PretrainRecipe recipe;
  private final Tokenizer tokenizer;
  private final Masking masking;
  private final ReplacedObjective objective;

  ReplacedLesson(PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    this.recipe = recipe;
    this.tokenizer = tokenizer;
    this.masking = MaskedLesson.masking(recipe, tokenizer);
    this.objective =
        new ReplacedObjective((Electra.Pair) model.module(), recipe.discriminatorWeight(), device);
  }

  @Override
  public List<Example> examples(List<String> documents) {
    return MaskedLesson.framed(recipe, tokenizer, documents);
  }

  @Override
  public ReplacedBatch batch(Bucket bucket, Random random) {
    return ReplacedBatch.of(TokenBatch.of(bucket.examples(), tokenizer.pad()), masking, random);
  }

  @Override
  public Objective<ReplacedBatch> objective() {
    return objective;
  }
}
