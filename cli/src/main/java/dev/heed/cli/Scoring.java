package dev.heed.cli;

import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every metric of lines is given. */
final class Scoring {
  private static final String SPACE = "[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]";

  /** Python's {@code rstrip()}, which sacreBLEU gives every line it reads. */
  private static final Pattern TRAILING = Pattern.compile("(?<!" + SPACE + ")" + SPACE + "+\\z");

  @Option(
      names = "--ref",
      required = true,
      paramLabel = "FILE",
      description = "References, a line each; repeat it for several to a line.")
  private List<Path> references = new ArrayList<>();

  @Parameters(
      arity = "0..1",
      paramLabel = "HYP",
      description = "Lines to score, plain or gzip (default: standard input).")
  private Optional<Path> hypotheses = Optional.empty();

  @Option(names = "--sentence", description = "Print a score for each line, and none for all.")
  private boolean sentence;

  @Mixin private Scores scores;

  /** Scores the files' lines by a metric of hypotheses and reference sets. */
  int run(BiFunction<List<String>, List<List<String>>, Scores.Answer> metric) {
    List<String> lines = stripped(hypotheses);
    List<List<String>> sets = references.stream().map(r -> stripped(Optional.of(r))).toList();
    for (int i = 0; i < sets.size(); i++)
      if (sets.get(i).size() != lines.size())
        throw new UserError(
            "%s has %,d lines, but %s has %,d: give a reference for each line"
                .formatted(
                    references.get(i), sets.get(i).size(), Input.name(hypotheses), lines.size()));
    if (!sentence) return scores.print(metric.apply(lines, sets));
    for (int i = 0; i < lines.size(); i++) {
      int line = i;
      scores.printLine(
          metric.apply(
              List.of(lines.get(i)), sets.stream().map(set -> List.of(set.get(line))).toList()));
    }
    return 0;
  }

  boolean sentence() {
    return sentence;
  }

  private static List<String> stripped(Optional<Path> file) {
    return Input.lines(file).stream().map(line -> TRAILING.matcher(line).replaceAll("")).toList();
  }
}
