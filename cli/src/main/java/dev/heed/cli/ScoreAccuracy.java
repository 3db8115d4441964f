package dev.heed.cli;

import dev.heed.eval.Accuracy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code heed score accuracy}. */
@Command(
    name = "accuracy",
    description = "The share of labels that are right, and the F1 of each class; 0 to 100.",
    footer = {"%nExamples:", "  heed score accuracy --ref test.labels predicted.labels"})
final class ScoreAccuracy implements Callable<Integer> {
  @Option(
      names = "--ref",
      required = true,
      paramLabel = "FILE",
      description = "The right labels, one a line.")
  private Path gold;

  @Parameters(
      arity = "0..1",
      paramLabel = "LABELS",
      description = "Predicted labels, plain or gzip (default: standard input).")
  private Optional<Path> predicted = Optional.empty();

  @Mixin private Scores scores;

  @Override
  public Integer call() {
    Accuracy.Score s = Accuracy.of(labels(predicted), labels(Optional.of(gold)));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("macroF1", 100 * s.macroF1());
    figures.put("classes", Scores.figures(s.classes()));
    String details =
        "macro F1 %s, %d classes".formatted(scores.percent(s.macroF1()), s.classes().size());
    return scores.print(new Scores.Answer("accuracy", 100 * s.accuracy(), details, figures, ""));
  }

  private static List<String> labels(Optional<Path> file) {
    return Input.lines(file).stream().map(String::strip).toList();
  }
}
