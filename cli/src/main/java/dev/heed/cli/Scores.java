package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.eval.Overlap;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a metric's answer is printed. */
final class Scores {
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
   * @param signature how it was computed; may be empty
   */
  record Answer(
      String name, double score, String details, Map<String, Object> figures, String signature) {
    private Map<String, Object> all() {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("name", name);
      all.put("score", score);
      all.putAll(figures);
      if (!signature.isEmpty()) all.put("signature", signature);
      return all;
    }
  }

  /** Prints the score of a whole corpus. */
  int print(Answer answer) {
    PrintWriter out = spec.commandLine().getOut();
    String score = rounded(answer.score());
    if (json) {
      out.print(Configs.toJson(answer.all()));
    } else if (scoreOnly) {
      out.println(score);
    } else {
      String details = answer.details().isEmpty() ? "" : " (" + answer.details() + ")";
      out.println(answer.name() + " = " + score + details);
      if (!answer.signature().isEmpty()) out.println(answer.signature());
    }
    return 0;
  }

  /** Prints the score of one line among many. */
  void printLine(Answer answer) {
    Output.line(
        spec.commandLine().getOut(), json ? Configs.toLine(answer.all()) : rounded(answer.score()));
  }

  /** A share in percent, with as many decimals as the score. */
  String percent(double share) {
    return rounded(100 * share);
  }

  /** The counts and quotients of each of several classes, for JSON; quotients in percent. */
  static Map<String, Object> figures(Map<String, Overlap> classes) {
    Map<String, Object> all = new LinkedHashMap<>();
    classes.forEach(
        (name, o) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("precision", 100 * o.precision());
          one.put("recall", 100 * o.recall());
          one.put("f1", 100 * o.f1());
          one.put("correct", o.correct());
          one.put("predicted", o.predicted());
          one.put("gold", o.gold());
          all.put(name, one);
        });
    return all;
  }

  private String rounded(double score) {
    if (decimals < 0 || decimals > 20)
      throw new ParameterException(spec.commandLine(), "-w must be from 0 to 20, not " + decimals);
    return Output.rounded(score, decimals);
  }
}
