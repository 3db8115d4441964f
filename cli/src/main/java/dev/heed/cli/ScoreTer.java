package dev.heed.cli;

import dev.heed.eval.Ter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code heed score ter}. */
@Command(
    name = "ter",
    description =
        "TER (Snover et al. 2006): edits for each 100 words of reference; lower is better.",
    footer = {
      "%nExamples:",
      "  heed score ter --ref test.de hyp.de",
      "  heed score ter --normalized --no-punct --ref test.de hyp.de"
    })
final class ScoreTer implements Callable<Integer> {
  @Mixin private Scoring scoring;

  @Option(names = "--normalized", description = "Split punctuation off, and undo XML escapes.")
  private boolean normalized;

  @Option(names = "--no-punct", description = "Leave punctuation out.")
  private boolean noPunct;

  @Option(
      names = "--asian-support",
      description = "With the two above, treat Chinese characters and CJK punctuation too.")
  private boolean asianSupport;

  @Option(names = "--case-sensitive", description = "Mind case.")
  private boolean caseSensitive;

  @Override
  public Integer call() {
    var metric = new Ter(new Ter.Options(normalized, noPunct, asianSupport, caseSensitive));
    return scoring.run((hypotheses, references) -> answer(metric.corpus(hypotheses, references)));
  }

  private static Scores.Answer answer(Ter.Score s) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("numEdits", s.numEdits());
    figures.put("refLength", s.refLength());
    String details =
        String.format(Locale.ROOT, "%,d edits, %,.1f words", s.numEdits(), s.refLength());
    return new Scores.Answer("TER", s.score(), details, figures, s.signature());
  }
}
