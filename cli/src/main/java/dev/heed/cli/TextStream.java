package dev.heed.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Cursor;
import dev.heed.data.Lines;
import dev.heed.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/**
 * What the verbs that tell something about texts, or files, share: where these come from and
 * results go.
 */
@Command // its options, as a mixin
final class TextStream {
  private static final int CHUNK = 1000;

  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Plain or gzip, UTF-8 (default: standard input).")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--fields",
      split = ",",
      paramLabel = "NAME",
      description = "Lines are JSON objects, and these fields hold the texts.")
  List<String> fields = new ArrayList<>();

  @Option(
      names = "--json",
      description =
          "Print a JSON object a line: the input's, or one with the text, and what was found.")
  private boolean json;

  @Option(
      names = "--batch",
      defaultValue = "32",
      paramLabel = "N",
      description = "Texts read together (default: ${DEFAULT-VALUE}).")
  int batch;

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  /**
   * What a verb has to tell about a text.
   *
   * @param lines in plain text
   * @param field the name of {@code value} in JSON
   * @param cut whether the text was truncated
   */
  record Told(Supplier<List<String>> lines, String field, Object value, boolean cut) {}

  /** What a verb does with texts. */
  interface Work {
    /**
     * @param texts one or two of each line
     * @param first the number of the first line
     * @param done is told how many lines more are done
     */
    List<Told> of(List<List<String>> texts, long first, IntConsumer done);
  }

  private record Line(ObjectNode object, List<String> texts) {}

  /** The model's folder. */
  Path model(CommandSpec spec) {
    return Models.folder(model, spec.commandLine().getErr());
  }

  /** Sets the engine up. */
  Device start() {
    return engine.start();
  }

  /**
   * Goes through all lines.
   *
   * @param doing for the progress line
   * @param names what the texts of a plain line, parted by tabs, are called in JSON
   * @return the exit code
   */
  int run(CommandSpec spec, String doing, List<String> names, Work work) {
    if (files.size() > 1)
      throw new ParameterException(
          spec.commandLine(), "give one file, not " + files.size() + ": its lines are the texts");
    Optional<Path> file = files.stream().findFirst();
    try (Lines lines = Input.open(file)) {
      int chunk = file.isEmpty() && System.console() != null ? 1 : CHUNK; // 1 for who types
      Source source = new Source(lines, Input.name(file), Input.count(file), chunk);
      return run(spec, doing, names, work, source);
    }
  }

  /**
   * Goes through files that are named on the command line, or by lines of standard input.
   *
   * @param name what a file is called in JSON
   * @param work on the files' names
   * @return the exit code
   */
  int runFiles(CommandSpec spec, String doing, String name, Work work) {
    if (files.isEmpty()) {
      try (Lines lines = Input.open(Optional.empty())) {
        int chunk = System.console() != null ? 1 : batch;
        Source source =
            new Source(lines, Input.name(Optional.empty()), OptionalLong.empty(), chunk);
        return run(spec, doing, List.of(name), work, source);
      }
    }
    if (!fields.isEmpty())
      throw new ParameterException(
          spec.commandLine(), "--fields is for lines of standard input, not for files named here");
    Cursor<String> named = Cursor.of(files.stream().map(Path::toString).iterator());
    Source source = new Source(named, "argument", OptionalLong.of(files.size()), batch);
    return run(spec, doing, List.of(name), work, source);
  }

  /**
   * Where lines come from.
   *
   * @param name for messages
   * @param count how many there are, if that is known
   * @param chunk how many are read together
   */
  private record Source(Cursor<String> lines, String name, OptionalLong count, int chunk) {}

  private int run(CommandSpec spec, String doing, List<String> names, Work work, Source source) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    long read = 0;
    long cut = 0;
    try (var progress = new LineProgress(doing, source.count(), err)) {
      for (; source.lines().hasNext(); read += source.chunk()) {
        List<Line> lines = new ArrayList<>();
        for (String line : Input.next(source.lines(), source.chunk()))
          lines.add(line(line, source.name() + ":" + (read + lines.size() + 1), names));
        List<Told> told =
            work.of(lines.stream().map(Line::texts).toList(), read + 1, progress::add);
        try (var interrupt = new Interrupt("heed: stopping after a whole line", err)) {
          for (int i = 0; i < told.size(); i++) {
            if (told.get(i).cut()) cut++;
            for (String line : printed(lines.get(i).object(), told.get(i))) {
              if (interrupt.asked()) return 1;
              Output.line(out, line);
            }
          }
        }
      }
    }
    if (cut > 0) err.printf("heed: %,d texts were truncated%n", cut);
    return 0;
  }

  private Line line(String line, String where, List<String> names) {
    if (!fields.isEmpty()) {
      ObjectNode object = JsonFields.object(line, where);
      return new Line(object, JsonFields.texts(object, fields, where));
    }
    List<String> texts = names.size() == 1 ? List.of(line) : List.of(line.split("\t", -1));
    if (texts.size() != names.size())
      throw new UserError(
          "%s: %d texts instead of %d: write %s with a tab between"
              .formatted(where, texts.size(), names.size(), String.join(" and ", names)));
    ObjectNode object = JsonFields.JSON.createObjectNode();
    for (int i = 0; i < texts.size(); i++) object.put(names.get(i), texts.get(i));
    return new Line(object, texts);
  }

  private List<String> printed(ObjectNode object, Told told) {
    if (!json) return told.lines().get();
    object.set(told.field(), JsonFields.JSON.valueToTree(told.value()));
    if (told.cut()) object.put("truncated", true);
    return List.of(object.toString());
  }
}
