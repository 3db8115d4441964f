package dev.heed.bench;

import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Cursor;
import dev.heed.data.Examples;
import dev.heed.data.Filter;
import dev.heed.data.IdBatch;
import dev.heed.data.Pair;
import dev.heed.data.Position;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Randomness;
import dev.heed.text.TextConfig;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.util.ArrayList;
import java.util.List;

/** What a recipe's corpus and model are before any training. */
record Material(Recipe recipe, List<Pair> pairs, Tokenizer tokenizer) {
  /**
   * Reads the corpus and trains the tokenizer.
   *
   * @throws UserError if a file is missing, or the recipe wants two vocabularies
   */
  static Material of(Recipe recipe) {
    TextConfig text = recipe.text();
    if (!text.joint())
      throw new UserError("the peers tie all embeddings: set text.joint=true in the recipe");
    List<Pair> pairs = pairs(recipe);
    List<String> lines = new ArrayList<>();
    for (Pair pair : pairs) lines.addAll(List.of(pair.source(), pair.target()));
    return new Material(
        recipe,
        pairs,
        Tokenizer.of(
            TokenizerTrainer.of(text.kind(), text.vocabulary(), text.minFrequency()).train(lines)));
  }

  /** The recipe's training corpus. */
  static List<Pair> pairs(Recipe recipe) {
    List<Pair> pairs = new ArrayList<>();
    try (Cursor<Pair> all = recipe.data().trainCorpus(recipe.train().seed()).iterator()) {
      all.forEachRemaining(pairs::add);
    }
    return pairs;
  }

  /** The model with random weights. */
  Transformer model() {
    Randomness.seed(recipe.train().seed());
    int size = tokenizer.size();
    return Work.transformer(
        recipe
            .model()
            .create(new Vocabulary(size, size, tokenizer.pad(), tokenizer.bos(), tokenizer.eos())));
  }

  /** The first batches that training would draw. */
  List<IdBatch> batches(int count) {
    double ratio = recipe.data().maxRatio();
    Filter filter =
        new Filter(recipe.data().maxLength(), ratio == 0 ? Double.POSITIVE_INFINITY : ratio);
    Examples examples =
        new Examples(
            dev.heed.data.Corpus.of("the corpus", pairs),
            tokenizer::encodeAll,
            tokenizer::encodeAll,
            filter);
    List<IdBatch> batches = new ArrayList<>();
    try (var buckets =
        Batches.of(examples.toList(), recipe.data().batchTokens(), recipe.train().seed())
            .from(Position.START)) {
      while (batches.size() < count)
        batches.add(IdBatch.of(buckets.next().examples(), tokenizer.pad(), tokenizer.bos()));
    }
    return batches;
  }
}
