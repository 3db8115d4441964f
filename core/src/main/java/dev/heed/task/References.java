package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.Pair;
import dev.heed.eval.Perplexity;
import dev.heed.model.Vocabulary;
import dev.heed.train.HeldOut;
import dev.heed.train.TeacherForcing;
import java.util.ArrayList;
import java.util.List;

/** What a model thinks of given targets, rather than of those it finds itself. */
final class References {
  /** Padded tokens of a batch, for each side. */
  private static final int BATCH = 4096;

  private References() {}

  /** See {@link Translator#perplexity}. */
  static Perplexity perplexity(Translation translation, List<Pair> pairs) {
    if (pairs.isEmpty()) throw new UserError("there is no pair to score: give at least one line");
    List<Example> examples = examples(translation, pairs);
    int longest = examples.stream().mapToInt(Example::longest).max().orElseThrow();
    Vocabulary vocabulary = translation.model().vocabulary();
    translation.model().module().training(false);
    HeldOut sums =
        HeldOut.of(
            new TeacherForcing(translation.model(), 0, translation.device()),
            Batches.of(examples, Math.max(BATCH, longest), 0),
            bucket -> IdBatch.of(bucket.examples(), vocabulary.pad(), vocabulary.bos()));
    return new Perplexity(sums.nll(), sums.weight());
  }

  private static List<Example> examples(Translation translation, List<Pair> pairs) {
    List<int[]> sources = translation.source().encodeAll(pairs.stream().map(Pair::source).toList());
    List<int[]> targets = translation.target().encodeAll(pairs.stream().map(Pair::target).toList());
    int most = translation.model().config().positions();
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      var example = new Example(sources.get(i), targets.get(i), i + 1);
      if (example.longest() > most)
        throw new UserError(
            "pair %d has a side of %d tokens, and the model takes at most %d: split it"
                .formatted(i + 1, example.longest(), most));
      examples.add(example);
    }
    return examples;
  }
}
