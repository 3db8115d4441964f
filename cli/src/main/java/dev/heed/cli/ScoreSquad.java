package dev.heed.cli;

import dev.heed.eval.SquadFile;
import dev.heed.eval.SquadScores;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code heed score squad}. */
@Command(
    name = "squad",
    description = {
      "F1 and exact match of answers (Rajpurkar et al. 2016), 0 to 100.",
      "Questions are in SQuAD's format, answers in that of its script: a JSON object of id and"
          + " text. A question without an answer counts as answered wrongly."
    },
    footer = {"%nExamples:", "  heed score squad --ref dev-v2.0.json answers.json"})
final class ScoreSquad implements Callable<Integer> {
  @Option(
      names = "--ref",
      required = true,
      paramLabel = "FILE",
      description = "Questions with their right answers.")
  private Path questions;

  @Parameters(paramLabel = "ANSWERS", description = "The answers to score.")
  private Path answers;

  private static final String MISSING = "\0";

  @Mixin private Scores scores;

  @Override
  public Integer call() {
    Map<String, List<String>> golds = SquadFile.golds(questions);
    Map<String, String> given = SquadFile.answers(answers);
    List<String> predictions = new ArrayList<>();
    // What equals no answer, the empty one included, stands for an answer that is not there.
    for (String id : golds.keySet()) predictions.add(given.getOrDefault(id, MISSING));
    SquadScores.Score s = SquadScores.corpus(predictions, List.copyOf(golds.values()));
    long missing = golds.keySet().stream().filter(id -> !given.containsKey(id)).count();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("exactMatch", s.exactMatch());
    figures.put("questions", golds.size());
    figures.put("missing", missing);
    String details =
        "exact match %s, %,d questions%s"
            .formatted(
                scores.percent(s.exactMatch() / 100),
                golds.size(),
                missing == 0 ? "" : ", %,d of them without an answer".formatted(missing));
    return scores.print(new Scores.Answer("F1", s.f1(), details, figures, ""));
  }
}
