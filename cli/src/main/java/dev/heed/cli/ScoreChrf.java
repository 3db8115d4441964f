package dev.heed.cli;

import dev.heed.eval.Chrf;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed score chrf}. */
@Command(
    name = "chrf",
    description = "chrF and chrF++ (Popović 2015, 2017): F-score of character n-grams, 0 to 100.",
    footer = {
      "%nExamples:",
      "  heed score chrf --ref test.de hyp.de",
      "  heed score chrf --word-order 2 --ref test.de hyp.de   # chrF++"
    })
final class ScoreChrf implements Callable<Integer> {
  @Mixin private Scoring scoring;
  @Spec private CommandSpec spec;

  @Option(
      names = "--char-order",
      defaultValue = "6",
      paramLabel = "N",
      description = "Longest n-gram of characters (default: ${DEFAULT-VALUE}).")
  private int charOrder;

  @Option(
      names = "--word-order",
      defaultValue = "0",
      paramLabel = "N",
      description = "Longest n-gram of words; 2 is chrF++ (default: ${DEFAULT-VALUE}).")
  private int wordOrder;

  @Option(
      names = "--beta",
      defaultValue = "2",
      paramLabel = "N",
      description = "How many times as much recall weighs (default: ${DEFAULT-VALUE}).")
  private int beta;

  @Option(names = "--whitespace", description = "Count n-grams with spaces too.")
  private boolean whitespace;

  @Option(names = "--lowercase", description = "Ignore case.")
  private boolean lowercase;

  @Override
  public Integer call() {
    var metric = new Chrf(Usage.checked(spec, this::options));
    return scoring.run(
        (hypotheses, references) -> {
          Chrf.Score s = metric.corpus(hypotheses, references);
          return new Scores.Answer(s.name(), s.score(), "", Map.of(), s.signature());
        });
  }

  private Chrf.Options options() {
    return new Chrf.Options(charOrder, wordOrder, beta, lowercase, whitespace, false);
  }
}
