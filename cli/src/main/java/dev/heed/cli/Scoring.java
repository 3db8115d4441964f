package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What every metric is given, and how its answer is printed. */
final class Scoring {
  private static final String SPACE = "[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]";

  /** Python's {@code rstrip()}, which sacreBLEU gives every line it reads. */
  private static final Pattern TRAILING = Pattern.compile("(?<!" + SPACE + ")" + SPACE + "+\\z");

  @Option(
      names = "--ref",
      required = true,
      paramLabel = "FILE",
      description = "Reference translations; repeat it for several to a line.")
  private List<Path> references = new ArrayList<>();

  @Parameters(
      arity = "0..1",
      paramLabel = "HYP",
      description = "Translations to score, plain or gzip (default: standard input).")
  private Optional<Path> hypotheses = Optional.empty();

  @Option(names = "--sentence", description = "Print a score for each line, and none for all.")
  private boolean sentence;

  @Option(names = "--json", description = "Print all figures as JSON; with --sentence, JSON lines.")
  private boolean json;

  @Option(
      names = {"-b", "--score-only"},
      description = "Print the number alone.")
  private boolean scoreOnly;

  @Option(
      names = {"-w", "--width"},
      defaultValue = "2",
      paramLabel = "DIGITS",
      description = "Decimals of the score (default: ${DEFAULT-VALUE}).")
  private int decimals;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * A metric's answer.
   *
   * @param details what the score is made of, in words; may be empty
   * @param figures the same by name
   */
  record Answer(
      String name, double score, String details, Map<String, Object> figures, String signature) {}

  /** Scores the files' lines by a metric of hypotheses and reference sets. */
  int run(BiFunction<List<String>, List<List<String>>, Answer> metric) {
    if (decimals < 0 || decimals > 20)
      throw new ParameterException(spec.commandLine(), "-w must be from 0 to 20, not " + decimals);
    List<String> lines = stripped(hypotheses);
    List<List<String>> sets = references.stream().map(r -> stripped(Optional.of(r))).toList();
    for (int i = 0; i < sets.size(); i++)
      if (sets.get(i).size() != lines.size())
        throw new UserError(
            "%s has %,d lines, but %s has %,d: give a reference for each translation"
                .formatted(
                    references.get(i), sets.get(i).size(), Input.name(hypotheses), lines.size()));
    PrintWriter out = spec.commandLine().getOut();
    if (!sentence) {
      Answer answer = metric.apply(lines, sets);
      if (json) {
        out.print(Configs.toJson(all(answer)));
      } else if (scoreOnly) {
        out.println(Output.rounded(answer.score(), decimals));
      } else {
        String details = answer.details().isEmpty() ? "" : " (" + answer.details() + ")";
        out.println(answer.name() + " = " + Output.rounded(answer.score(), decimals) + details);
        out.println(answer.signature());
      }
      return 0;
    }
    for (int i = 0; i < lines.size(); i++) {
      int line = i;
      Answer answer =
          metric.apply(
              List.of(lines.get(i)), sets.stream().map(set -> List.of(set.get(line))).toList());
      Output.line(
          out, json ? Configs.toLine(all(answer)) : Output.rounded(answer.score(), decimals));
    }
    return 0;
  }

  boolean sentence() {
    return sentence;
  }

  private static List<String> stripped(Optional<Path> file) {
    return Input.lines(file).stream().map(line -> TRAILING.matcher(line).replaceAll("")).toList();
  }

  private static Map<String, Object> all(Answer answer) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", answer.name());
    all.put("score", answer.score());
    all.putAll(answer.figures());
    all.put("signature", answer.signature());
    return all;
  }
}
