package dev.heed.cli;

import dev.heed.eval.EntityF1;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code heed score entities}. */
@Command(
    name = "entities",
    description = {
      "F1 of named entities (Tjong Kim Sang and De Meulder 2003), 0 to 100.",
      "Both files are in CoNLL's format: a token a line, its tag in the last column, and an empty"
          + " line between sentences."
    },
    footer = {
      "%nExamples:",
      "  heed score entities --ref test.conll tagged.conll",
      "  heed score entities --scheme iob2 --ref test.conll tagged.conll"
    })
final class ScoreEntities implements Callable<Integer> {
  @Option(names = "--ref", required = true, paramLabel = "FILE", description = "The right tags.")
  private Path gold;

  @Parameters(
      arity = "0..1",
      paramLabel = "TAGS",
      description = "Predicted tags, plain or gzip (default: standard input).")
  private Optional<Path> predicted = Optional.empty();

  @Option(
      names = "--scheme",
      defaultValue = "conlleval",
      paramLabel = "KIND",
      description =
          "Which tags make an entity: conlleval, as the shared task's script has it, or iob2 or"
              + " bioes, strictly (default: ${DEFAULT-VALUE}).")
  private EntityF1.Scheme scheme;

  @Mixin private Scores scores;

  @Override
  public Integer call() {
    EntityF1.Score s = EntityF1.corpus(sentences(predicted), sentences(Optional.of(gold)), scheme);
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("precision", 100 * s.overall().precision());
    figures.put("recall", 100 * s.overall().recall());
    figures.put("accuracy", 100 * s.accuracy());
    figures.put("types", Scores.figures(s.types()));
    List<String> types = new ArrayList<>();
    s.types().forEach((type, o) -> types.add(type + " " + scores.percent(o.f1())));
    String details =
        "precision %s, recall %s, tag accuracy %s%s"
            .formatted(
                scores.percent(s.overall().precision()),
                scores.percent(s.overall().recall()),
                scores.percent(s.accuracy()),
                types.isEmpty() ? "" : "; " + String.join(", ", types));
    return scores.print(new Scores.Answer("F1", 100 * s.overall().f1(), details, figures, ""));
  }

  private static List<List<String>> sentences(Optional<Path> file) {
    List<List<String>> sentences = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (String line : Input.lines(file)) {
      String text = line.strip();
      if (!text.isEmpty()) {
        open.add(text.substring(Math.max(text.lastIndexOf(' '), text.lastIndexOf('\t')) + 1));
      } else if (!open.isEmpty()) {
        sentences.add(open);
        open = new ArrayList<>();
      }
    }
    if (!open.isEmpty()) sentences.add(open);
    return sentences;
  }
}
