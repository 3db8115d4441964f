package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Labelled;
import dev.heed.data.LabelledData;
import dev.heed.data.TokenBatch;
import dev.heed.eval.Correlation;
import dev.heed.eval.EntityF1;
import dev.heed.model.TextModel;
import dev.heed.task.Labels;
import dev.heed.train.Journal;
import dev.heed.train.TextLoss;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** From a {@link TextRecipe} to the folder of a fine-tuned encoder. */
public final class TextRun implements TrainingRun {
  private final TextRecipe recipe;
  private final RunFolder folder;

  TextRun(TextRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    LabelledData data = recipe.data();
    List<Labelled> texts = data.trainTexts();
    List<Labelled> held = data.validTexts();
    Lesson lesson = lesson(texts);
    FineTuning tuning =
        new FineTuning(
            folder, Path.of(recipe.model()), lesson.head(), recipe.adapt(), recipe.train());
    if (data.maxLength() > tuning.positions())
      throw new UserError(
          "data.maxLength is %d, and %s takes at most %d tokens: set it lower"
              .formatted(data.maxLength(), recipe.model(), tuning.positions()));
    var examples = new LabelledExamples(tuning.tokenizer(), data.maxLength());
    return tuning.run(
        new FineTuning.Texts(
            lesson.rows().apply(examples, texts),
            lesson.rows().apply(examples, held),
            data.batchTokens(),
            lesson.quality()),
        progress,
        stop);
  }

  /** A task: the head for it, how texts become rows, and how the head's scores are measured. */
  private record Lesson(
      FineTuning.Head head,
      BiFunction<LabelledExamples, List<Labelled>, LabelledRows> rows,
      TextValidator.Quality quality) {}

  private Lesson lesson(List<Labelled> texts) {
    TextLoss classes = TextLoss.classes(recipe.train().labelSmoothing());
    return switch (recipe.task()) {
      case CLASSIFY -> {
        Labels labels = labels(texts);
        yield new Lesson(
            new FineTuning.Head(TextModel.Task.SEQUENCE, labels::write, classes),
            (examples, some) -> examples.ofClasses(some, labels),
            TextRun::accuracy);
      }
      case TAG -> {
        Labels labels = labels(texts);
        yield new Lesson(
            new FineTuning.Head(TextModel.Task.TOKENS, labels::write, classes),
            (examples, some) -> examples.ofWords(some, labels),
            (scores, truth) -> entityF1(scores, truth, labels.names()));
      }
      case REGRESS ->
          new Lesson(
              new FineTuning.Head(
                  TextModel.Task.SEQUENCE, TextRun::writeRegression, TextLoss.numbers()),
              LabelledExamples::ofNumbers,
              TextRun::correlation);
    };
  }

  private static void writeRegression(ObjectNode config) {
    Labels.of(List.of("LABEL_0")).write(config);
    config.put("problem_type", "regression");
  }

  private static Labels labels(List<Labelled> texts) {
    return Labels.of(texts.stream().flatMap(text -> text.labels().stream()).toList());
  }

  /** The share of texts whose class is right. */
  private static double accuracy(List<float[]> scores, LabelledRows truth) {
    long right =
        IntStream.range(0, truth.size())
            .filter(i -> best(scores.get(i), 0, scores.get(i).length) == truth.labels().get(i)[0])
            .count();
    return (double) right / truth.size();
  }

  /** F1 of the entities that tags make. */
  private static double entityF1(List<float[]> scores, LabelledRows truth, List<String> names) {
    List<List<String>> found = new ArrayList<>();
    List<List<String>> right = new ArrayList<>();
    for (int i = 0; i < truth.size(); i++) {
      float[] given = scores.get(i);
      int[] labels = truth.labels().get(i);
      int[] words =
          IntStream.range(0, labels.length).filter(t -> labels[t] != TokenBatch.IGNORED).toArray();
      found.add(
          IntStream.of(words)
              .mapToObj(t -> names.get(best(given, t * names.size(), names.size())))
              .toList());
      right.add(IntStream.of(words).mapToObj(t -> names.get(labels[t])).toList());
    }
    return EntityF1.corpus(found, right, EntityF1.Scheme.CONLLEVAL).overall().f1();
  }

  /** Pearson's r of the numbers. */
  private static double correlation(List<float[]> scores, LabelledRows truth) {
    return Correlation.pearson(
        scores.stream().mapToDouble(given -> given[0]).toArray(),
        truth.labels().stream().mapToDouble(bits -> Float.intBitsToFloat(bits[0])).toArray());
  }

  /** The best of {@code count} scores from {@code from} on. */
  private static int best(float[] scores, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) if (scores[from + i] > scores[from + best]) best = i;
    return best;
  }
}
