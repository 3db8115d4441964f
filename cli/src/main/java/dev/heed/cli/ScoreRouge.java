package dev.heed.cli;

import dev.heed.eval.Rouge;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code heed score rouge}. */
@Command(
    name = "rouge",
    description =
        "ROUGE-L, with ROUGE-1, ROUGE-2 and ROUGE-Lsum (Lin 2004): mean F1 of summaries, 0 to 100.",
    footer = {"%nExamples:", "  heed score rouge --ref test.summary hyp.summary"})
final class ScoreRouge implements Callable<Integer> {
  @Mixin private Scoring scoring;

  @Option(
      names = "--line-break",
      defaultValue = "<n>",
      paramLabel = "TEXT",
      description =
          "What ends a sentence within a line, for ROUGE-Lsum (default: ${DEFAULT-VALUE}).")
  private String lineBreak;

  @Override
  public Integer call() {
    return scoring.run(
        (hypotheses, references) ->
            answer(
                Rouge.corpus(broken(hypotheses), references.stream().map(this::broken).toList())));
  }

  private List<String> broken(List<String> lines) {
    return lines.stream().map(line -> line.replace(lineBreak, "\n")).toList();
  }

  private static Scores.Answer answer(Rouge.Score s) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("rouge1", 100 * s.rouge1());
    figures.put("rouge2", 100 * s.rouge2());
    figures.put("rougeL", 100 * s.rougeL());
    figures.put("rougeLsum", 100 * s.rougeLsum());
    String details =
        "ROUGE-1 %s, ROUGE-2 %s, ROUGE-Lsum %s"
            .formatted(
                Output.rounded(100 * s.rouge1(), 2),
                Output.rounded(100 * s.rouge2(), 2),
                Output.rounded(100 * s.rougeLsum(), 2));
    return new Scores.Answer("ROUGE-L", 100 * s.rougeL(), details, figures, s.signature());
  }
}
