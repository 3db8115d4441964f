package dev.heed.recipe;

import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import dev.heed.train.Objective;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** One task of pretraining: what it makes of texts, and how a model is scored on that. */
interface Lesson<B> {
  /** Blocks of documents; of a running text, which is one, all of a size. */
  List<Example> examples(List<String> documents);

  /** A batch of blocks. The same random numbers, and blocks, make the same. */
  B batch(Bucket bucket, Random random);

  Objective<B> objective();

  /** The lesson that a recipe names. */
  static Lesson<?> of(
      PretrainRecipe recipe, Tokenizer tokenizer, PretrainModel model, Device device) {
    return switch (recipe.task()) {
      case CAUSAL -> new CausalLesson(recipe, tokenizer, model, device);
      case MASKED ->
          recipe.nextSentence()
              ? new NextSentenceLesson(recipe, tokenizer, model, device)
              : new MaskedLesson(recipe, tokenizer, model, device);
      case REPLACED -> new ReplacedLesson(recipe, tokenizer, model, device);
      case SPANS -> new SpansLesson(recipe, tokenizer, model, device);
      case DENOISE -> new DenoiseLesson(recipe, tokenizer, model, device);
    };
  }

  /**
   * Documents as a tokenizer is to read them: to one that can't spell line ends, they are spaces.
   */
  static List<String> legible(Tokenizer tokenizer, List<String> documents) {
    int[] lineEnd = tokenizer.withoutSpecials().encode("\n");
    if (Arrays.stream(lineEnd).noneMatch(id -> id == tokenizer.unk())) return documents;
    return documents.stream()
        .map(text -> text.lines().map(String::strip).collect(Collectors.joining(" ")))
        .toList();
  }
}
