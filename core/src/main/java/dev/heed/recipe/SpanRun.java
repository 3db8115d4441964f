package dev.heed.recipe;

import dev.heed.eval.SquadFile;
import dev.heed.eval.SquadScores;
import dev.heed.model.TextModel;
import dev.heed.task.Answerer;
import dev.heed.task.QuestionWindows;
import dev.heed.task.Row;
import dev.heed.text.Encoding;
import dev.heed.train.Journal;
import dev.heed.train.TextLoss;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * From a {@link SpanRecipe} to the folder of an encoder that finds answers (Devlin et al. 2019,
 * sections 4.2 and 4.3): in each window of a text, the first and the last token of the answer, or
 * twice the first token of all if the window doesn't hold it.
 */
public final class SpanRun implements TrainingRun {
  private final SpanRecipe recipe;
  private final RunFolder folder;

  SpanRun(SpanRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    SpanData.Questions questions = recipe.data().read();
    boolean noAnswer = questions.train().stream().anyMatch(asked -> asked.answers().isEmpty());
    FineTuning tuning =
        new FineTuning(
            folder,
            Path.of(recipe.model()),
            new FineTuning.Head(TextModel.Task.SPAN, config -> {}, TextLoss.spans()),
            recipe.adapt(),
            recipe.train());
    Answerer.Options options = recipe.data().options(noAnswer);
    QuestionWindows training = windows(questions.train(), options, tuning);
    QuestionWindows validation = windows(questions.valid(), options, tuning);
    int pad = tuning.tokenizer().pad();
    return tuning.run(
        new FineTuning.Texts(
            rows(training, questions.train(), pad),
            rows(validation, questions.valid(), pad),
            recipe.data().batchTokens(),
            (scores, truth) -> f1(validation.answers(scores), questions.valid())),
        progress,
        stop);
  }

  private static QuestionWindows windows(
      List<SquadFile.Question> questions, Answerer.Options options, FineTuning tuning) {
    return QuestionWindows.of(
        tuning.tokenizer(),
        questions.stream().map(q -> new Answerer.Question(q.question(), q.context())).toList(),
        options,
        tuning.positions(),
        1);
  }

  private static LabelledRows rows(
      QuestionWindows windows, List<SquadFile.Question> questions, int pad) {
    List<Row> rows = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    for (QuestionWindows.Window window : windows.windows()) {
      rows.add(window.row());
      labels.add(span(window, questions.get(window.question()).answers()));
    }
    return new LabelledRows(rows, labels, pad);
  }

  /** The first and the last token of the first answer, if the window holds it whole. */
  private static int[] span(QuestionWindows.Window window, List<SquadFile.Gold> answers) {
    int[] none = {0, 0};
    List<Encoding.Span> places = window.places();
    if (answers.isEmpty() || places.isEmpty()) return none;
    SquadFile.Gold gold = answers.get(0);
    int last = places.size() - 1;
    if (gold.start() < places.get(0).start() || gold.end() > places.get(last).end()) return none;
    int start = 0;
    while (start < last && places.get(start + 1).start() <= gold.start()) start++;
    int end = last;
    while (end > start && places.get(end - 1).end() >= gold.end()) end--;
    return new int[] {window.first() + start, window.first() + end};
  }

  /** F1 as SQuAD's script has it, of 1. */
  private double f1(List<List<Answerer.Answer>> answers, List<SquadFile.Question> questions) {
    SquadScores.Score score =
        SquadScores.corpus(
            answers.stream().map(best -> best.get(0).text()).toList(),
            questions.stream().map(SpanRun::texts).toList());
    folder.say("exact match %.2f, F1 %.2f", score.exactMatch(), score.f1());
    return score.f1() / 100;
  }

  private static List<String> texts(SquadFile.Question asked) {
    return asked.answers().stream()
        .map(gold -> asked.context().substring(gold.start(), gold.end()))
        .toList();
  }
}
